/** Called once, however it ended. */
export type Ended = () => void;

/**
 * What a generator yields, as a body: the next piece is asked for when the last one was taken. `make` gets a signal that fires
 * when nobody reads any more.
 */
export const streamOf = (
  make: (over: AbortSignal) => AsyncGenerator<string | Uint8Array>,
  ended: Ended,
): ReadableStream<Uint8Array> => {
  const over = new AbortController();
  const pieces = make(over.signal);
  let isOver = false;
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    over.abort();
    ended();
  };
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          const { value, done } = await pieces.next();
          if (done === true) {
            end();
            controller.close();
          } else controller.enqueue(typeof value === 'string' ? Buffer.from(value) : value);
        } catch (error) {
          end();
          throw error;
        }
      },
      cancel: async () => {
        end();
        await pieces.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
};
