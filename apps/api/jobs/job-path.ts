/** The path of a job in the API. */
export function jobPath(id: string): string {
  return `/api/jobs/${id}`;
}
