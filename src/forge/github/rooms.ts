/** A place for one large body, asked for by one request. */
export interface Room {
  /** Resolves when there is room; at once for who has it. */
  enter(): Promise<void>;
  /** Gives the place, or the one in the line for it, to the next. */
  leave(): void;
}

/** `most` places; whoever comes when all are taken waits in line. */
export const createRooms = (most: number): (() => Room) => {
  let free = most;
  const line: (() => void)[] = [];
  const admit = (): void => {
    const first = free > 0 ? line.shift() : undefined;
    if (first === undefined) return;
    free -= 1;
    first();
  };
  return () => {
    let entered: Promise<void> | null = null;
    let call: () => void = () => undefined;
    const enter = (): Promise<void> => {
      entered ??= new Promise((resolve) => {
        call = resolve;
        line.push(call);
        admit();
      });
      return entered;
    };
    const leave = (): void => {
      if (entered === null) return;
      const at = line.indexOf(call);
      if (at >= 0) line.splice(at, 1);
      else free += 1;
      admit();
    };
    return { enter, leave };
  };
};
