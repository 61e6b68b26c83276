export interface Budgets {
  seen(installationId: number, remaining: number): void;
  /** The installations with the least left, each by itself; the rest as one sum, `other`. */
  shown(): readonly { readonly installation: string; readonly remaining: number }[];
}

const mostShown = 20;
/** Far more than one server has; only so that no caller can make it grow for ever. */
const mostKept = 10_000;

/** What is left to each installation, by the last answer that said so. */
export const createBudgets = (): Budgets => {
  const last = new Map<number, number>();
  return {
    seen: (installationId, remaining) => {
      // Deleted first, so that the order is that of the last answers and the first is the one not heard of for longest.
      last.delete(installationId);
      last.set(installationId, remaining);
      const [longest] = last.keys();
      if (last.size > mostKept && longest !== undefined) last.delete(longest);
    },
    shown: () => {
      const byLeft = [...last].sort(([a, x], [b, y]) => x - y || a - b);
      const others = byLeft.slice(mostShown);
      const each = byLeft
        .slice(0, mostShown)
        .map(([id, remaining]) => ({ installation: String(id), remaining }));
      if (others.length === 0) return each;
      return [
        ...each,
        { installation: 'other', remaining: others.reduce((sum, [, remaining]) => sum + remaining, 0) },
      ];
    },
  };
};
