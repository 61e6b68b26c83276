/**
 * What a generator yields, as a body: the next piece is asked for when the last one was taken. `make` gets a signal that fires
 * when nobody reads any more. One whose body nobody ever asks for has done nothing.
 */
export const streamOf = (
  make: (over: AbortSignal) => AsyncGenerator<string | Uint8Array>,
): ReadableStream<Uint8Array> => {
  const over = new AbortController();
  const pieces = make(over.signal);
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { value, done } = await pieces.next();
        if (done === true) controller.close();
        else controller.enqueue(typeof value === 'string' ? Buffer.from(value) : value);
      },
      cancel: async () => {
        over.abort();
        await pieces.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
};
