/** What keeps a run's tools apart from the machine: walls around them, a user of their own, or nothing. */
export const isolations = ['bubblewrap', 'uid', 'none'] as const;
export type Isolation = (typeof isolations)[number];
