/** When the one project is applied; `auto` only as long as its plan destroys nothing. */
export type Mode = 'command' | 'merge' | 'auto';

/** What `main` asks for, in `bases.ts`. */
export type Base =
  | 'nothing'
  | 'strict'
  | 'ruleset'
  | 'squashed'
  | 'rebased'
  | 'reviewed'
  | 'owned'
  | 'everything';

/** `alone`: nobody merges it, `automerge` does. */
type Way = 'by hand' | 'by queue' | 'alone' | 'alone, by queue';

/** What somebody does, in `acts.ts`; `no-` in front of what GitHub has to refuse. */
export type Act =
  | 'open'
  | 'draft'
  | 'ready'
  | 'note'
  | 'apply'
  | 'plan'
  | 'approve'
  | 'push'
  | 'base-inside'
  | 'base-outside'
  | 'update'
  | 'merge'
  | 'no-merge'
  | 'force'
  | 'queue'
  | 'no-queue';

/** What is to be seen when all is quiet again, in `sights.ts`. */
export type Sight =
  | 'waits'
  | 'follows'
  | 'applied'
  | 'nothing'
  | 'stopped-draft'
  | 'in-line'
  | 'done'
  | 'done-nothing'
  | 'differs'
  | 'unapplied';

/** `act: sight`, of the first pull request or the second. */
export type Step = `${Act}${'' | ' 2'}: ${Sight}`;

/** Mode, what is required of `main`, how it is merged, then what happens in which order. */
export type Cell = readonly [Mode, Base, Way, ...Step[]];

/** Each ends merged and applied, or says why not: a story that cannot go on is a deadlock. */
export const cells: readonly Cell[] = [
  // Applied by a command, before the merge.
  ['command', 'nothing', 'by hand', 'open: waits', 'apply: applied', 'merge: done'],
  ['command', 'nothing', 'by hand', 'open: waits', 'merge: unapplied'],
  ['command', 'nothing', 'by hand', 'note: nothing', 'merge: done-nothing'],
  ['command', 'nothing', 'by hand', 'draft: stopped-draft', 'ready: waits', 'apply: applied', 'merge: done'],
  ['command', 'nothing', 'by hand', 'open: waits', 'apply: applied', 'base-inside: applied', 'merge: done'],
  ['command', 'strict', 'by hand', 'open: waits', 'no-merge: waits', 'apply: applied', 'merge: done'],
  ['command', 'strict', 'by hand', 'note: nothing', 'merge: done-nothing'],
  ['command', 'strict', 'by hand', 'open: waits', 'force: unapplied'],
  [
    'command',
    'strict',
    'by hand',
    'open: waits',
    'apply: applied',
    'base-outside: applied',
    'no-merge: applied',
    'update: applied',
    'merge: done',
  ],
  [
    'command',
    'strict',
    'by hand',
    'open: waits',
    'base-inside: waits',
    'update: waits',
    'apply: applied',
    'merge: done',
  ],
  [
    'command',
    'strict',
    'by hand',
    'open: waits',
    'apply: applied',
    'push: waits',
    'no-merge: waits',
    'apply: applied',
    'merge: done',
  ],
  [
    'command',
    'strict',
    'by hand',
    'open: waits',
    'open 2: in-line',
    'apply: applied',
    'merge: done',
    'update 2: waits',
    'apply 2: applied',
    'merge 2: done',
  ],
  ['command', 'ruleset', 'by hand', 'open: waits', 'no-merge: waits', 'apply: applied', 'merge: done'],
  [
    'command',
    'ruleset',
    'by hand',
    'draft: stopped-draft',
    'no-merge: stopped-draft',
    'ready: waits',
    'apply: applied',
    'merge: done',
  ],
  ['command', 'squashed', 'by hand', 'open: waits', 'apply: applied', 'merge: done'],
  [
    'command',
    'rebased',
    'by hand',
    'open: waits',
    'push: waits',
    'apply: applied',
    'base-outside: applied',
    'merge: done',
  ],
  ['command', 'reviewed', 'by hand', 'open: waits', 'approve: waits', 'apply: applied', 'merge: done'],
  [
    'command',
    'reviewed',
    'by hand',
    'open: waits',
    'apply: waits',
    'approve: waits',
    'push: waits',
    'apply: waits',
    'approve: waits',
    'apply: applied',
    'merge: done',
  ],
  [
    'command',
    'owned',
    'by hand',
    'open: waits',
    'no-merge: waits',
    'apply: waits',
    'approve: waits',
    'apply: applied',
    'merge: done',
  ],
  ['command', 'everything', 'by hand', 'open: waits', 'approve: waits', 'apply: applied', 'merge: done'],
  ['command', 'ruleset', 'by queue', 'open: waits', 'no-queue: waits', 'apply: applied', 'queue: done'],
  ['command', 'strict', 'by queue', 'note: nothing', 'queue: done-nothing'],
  [
    'command',
    'strict',
    'by queue',
    'open: waits',
    'apply: applied',
    'base-outside: applied',
    'no-merge: applied',
    'queue: done',
  ],
  ['command', 'squashed', 'by queue', 'open: waits', 'apply: applied', 'queue: done'],
  [
    'command',
    'everything',
    'by queue',
    'open: waits',
    'approve: waits',
    'no-queue: waits',
    'apply: applied',
    'queue: done',
  ],

  // Applied after the merge. `mergeable` is asked of a merge by GitHub itself, so our check does not wait for it.
  ['merge', 'nothing', 'by hand', 'open: follows', 'merge: done'],
  ['merge', 'nothing', 'by hand', 'open: follows', 'apply: follows', 'merge: done'],
  ['merge', 'nothing', 'by hand', 'open: follows', 'base-outside: follows', 'merge: done'],
  ['merge', 'nothing', 'by hand', 'open: follows', 'base-inside: follows', 'merge: differs', 'apply: done'],
  ['merge', 'nothing', 'by hand', 'draft: stopped-draft', 'ready: follows', 'merge: done'],
  ['merge', 'strict', 'by hand', 'open: follows', 'merge: done'],
  ['merge', 'strict', 'by hand', 'note: nothing', 'merge: done-nothing'],
  [
    'merge',
    'strict',
    'by hand',
    'open: follows',
    'base-inside: follows',
    'no-merge: follows',
    'update: follows',
    'merge: done',
  ],
  ['merge', 'strict', 'by hand', 'open: follows', 'push: follows', 'merge: done'],
  [
    'merge',
    'strict',
    'by hand',
    'open: follows',
    'open 2: in-line',
    'no-merge 2: in-line',
    'merge: done',
    'update 2: follows',
    'merge 2: done',
  ],
  ['merge', 'ruleset', 'by hand', 'open: follows', 'base-inside: follows', 'plan: follows', 'merge: done'],
  ['merge', 'squashed', 'by hand', 'open: follows', 'base-outside: follows', 'merge: done'],
  ['merge', 'rebased', 'by hand', 'open: follows', 'push: follows', 'merge: done'],
  [
    'merge',
    'reviewed',
    'by hand',
    'open: follows',
    'no-merge: follows',
    'approve: follows',
    'push: follows',
    'approve: follows',
    'merge: done',
  ],
  ['merge', 'reviewed', 'by hand', 'open: follows', 'force: done'],
  ['merge', 'owned', 'by hand', 'open: follows', 'no-merge: follows', 'approve: follows', 'merge: done'],
  ['merge', 'everything', 'by hand', 'open: follows', 'approve: follows', 'merge: done'],
  ['merge', 'ruleset', 'by queue', 'open: follows', 'no-merge: follows', 'queue: done'],
  [
    'merge',
    'ruleset',
    'by queue',
    'open: follows',
    'base-inside: follows',
    'queue: follows',
    'plan: follows',
    'queue: done',
  ],
  ['merge', 'rebased', 'by queue', 'open: follows', 'base-outside: follows', 'queue: done'],
  [
    'merge',
    'everything',
    'by queue',
    'open: follows',
    'no-queue: follows',
    'approve: follows',
    'queue: done',
  ],
  ['merge', 'strict', 'by queue', 'draft: stopped-draft', 'ready: follows', 'queue: done'],

  // Applied by itself, before the merge.
  ['auto', 'nothing', 'by hand', 'open: applied', 'merge: done'],
  ['auto', 'strict', 'by hand', 'draft: stopped-draft', 'ready: applied', 'merge: done'],
  ['auto', 'strict', 'by hand', 'open: applied', 'push: applied', 'merge: done'],
  [
    'auto',
    'strict',
    'by hand',
    'open: applied',
    'open 2: in-line',
    'merge: done',
    'update 2: applied',
    'merge 2: done',
  ],
  ['auto', 'squashed', 'by hand', 'open: applied', 'base-outside: applied', 'merge: done'],
  ['auto', 'reviewed', 'by hand', 'open: waits', 'no-merge: waits', 'approve: applied', 'merge: done'],
  ['auto', 'everything', 'by hand', 'open: waits', 'approve: applied', 'merge: done'],
  ['auto', 'ruleset', 'by queue', 'open: applied', 'base-outside: applied', 'queue: done'],
  ['auto', 'owned', 'by queue', 'open: waits', 'no-queue: waits', 'approve: applied', 'queue: done'],
  ['auto', 'ruleset', 'by hand', 'open: applied', 'push: applied', 'merge: done'],
  ['auto', 'rebased', 'by hand', 'open: applied', 'merge: done'],
  ['auto', 'owned', 'by hand', 'open: waits', 'no-merge: waits', 'approve: applied', 'merge: done'],

  // Merged by itself after the last apply, or for the apply that follows. A rule asks for an approval in all of them.
  ['command', 'strict', 'alone', 'open: waits', 'approve: waits', 'apply: done'],
  ['command', 'everything', 'alone', 'open: waits', 'approve: waits', 'apply: done'],
  ['command', 'ruleset', 'alone, by queue', 'open: waits', 'approve: waits', 'apply: done'],
  ['merge', 'squashed', 'alone', 'open: waits', 'approve: done'],
  ['merge', 'everything', 'alone, by queue', 'open: waits', 'approve: done'],
  ['auto', 'owned', 'alone', 'open: waits', 'approve: done'],
  ['auto', 'strict', 'alone, by queue', 'open: waits', 'approve: done'],
];
