/** One step of a use case that several capabilities take part in. */
export interface Step<Context> {
  name: string;
  run(context: Context): Promise<void>;
  /** Takes back what the step has done, when a later step is refused. */
  compensate?(context: Context): Promise<void>;
}

/**
 * Runs steps one after the other. When one is refused, those before it are compensated, the last first, and
 * the refusal is thrown on. Any other error is thrown at once: the transaction around the steps takes all back.
 * @param isRefusal is this error an answer, rather than a failure?
 */
export async function runSteps<Context>(
  steps: readonly Step<Context>[],
  context: Context,
  isRefusal: (error: unknown) => boolean,
): Promise<void> {
  const done: Step<Context>[] = [];
  try {
    for (const step of steps) {
      await step.run(context);
      done.unshift(step);
    }
  } catch (error) {
    if (isRefusal(error)) {
      for (const step of done) await step.compensate?.(context);
    }
    throw error;
  }
}
