import pTimeout from 'p-timeout';

/** Whether the promise settles, with any outcome, within `milliseconds`. Never rejects. */
export async function settlesWithin(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const settled = promise.then(
    () => true,
    () => true,
  );
  return await pTimeout(settled, { milliseconds: Math.max(1, milliseconds), fallback: () => false });
}
