export interface Budgets {
  seen(installationId: number): void;
  /** The installations with the least left, each by itself; the rest as one sum, `other`. Those that nothing is known of are left out. */
  shown(): readonly { readonly installation: string; readonly remaining: number }[];
}

const mostShown = 20;
/** Far more than one server has; only so that no caller can make it grow for ever. */
const mostKept = 10_000;

/** @param left what is left to an installation this hour; null where it is not known */
export const createBudgets = (left: (installationId: number) => number | null): Budgets => {
  const known = new Set<number>();
  return {
    seen: (installationId) => {
      // Deleted first, so that the first in line is the one not heard of for longest.
      known.delete(installationId);
      known.add(installationId);
      const [longest] = known;
      if (known.size > mostKept && longest !== undefined) known.delete(longest);
    },
    shown: () => {
      const byLeft = [...known]
        .flatMap((id) => {
          const remaining = left(id);
          return remaining === null ? [] : [{ id, remaining }];
        })
        .sort((one, other) => one.remaining - other.remaining || one.id - other.id);
      const others = byLeft.slice(mostShown);
      const each = byLeft
        .slice(0, mostShown)
        .map(({ id, remaining }) => ({ installation: String(id), remaining }));
      if (others.length === 0) return each;
      const sum = others.reduce((all, { remaining }) => all + remaining, 0);
      return [...each, { installation: 'other', remaining: sum }];
    },
  };
};
