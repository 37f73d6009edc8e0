/**
 * Runs work that ends early, and in order, when the person presses Ctrl-C or the machine says so; `reason` is what its signal then
 * has for one. A second Ctrl-C ends the process at once.
 */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>, reason?: Error): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => controller.abort(reason);
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    return await work(controller.signal);
  } finally {
    process.removeListener("SIGINT", stop).removeListener("SIGTERM", stop);
  }
}
