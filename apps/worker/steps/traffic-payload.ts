/** What a job that switches traffic is asked. */
export interface TrafficPayload {
  readonly new_traffic: number | null;
  readonly allow_traffic_loss: boolean;
}
