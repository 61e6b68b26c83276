import { atLeast, type Permission, type Pull, type Review } from '../../src/domain/pull.ts';
import type { MemoryForge } from '../../src/forge/memory/forge.ts';
import type { Fact, Journal } from './history-facts.ts';

/**
 * Whose last word is a yes, the author aside. Of any commit: whether it is of what is applied is asked elsewhere. Not
 * the product's own count: a checker that asks whom it checks finds nothing.
 */
const approvers = (pull: Pull, reviews: readonly Review[]): readonly Review['author'][] => {
  const last = new Map(
    reviews
      .filter(({ state }) => state !== 'commented' && state !== 'pending')
      .toSorted((one, other) => one.submittedAt - other.submittedAt || one.id - other.id)
      .map((review) => [review.author.id, review]),
  );
  return [...last.values()]
    .filter(({ state, author }) => state === 'approved' && author.id !== pull.author.id)
    .map(({ author }) => author);
};

/** What a world knows of its own, and no forge does. */
export interface WorldWords {
  /** The plans that people read there. */
  readonly meaningsIn: (body: string) => readonly string[];
  readonly mergeOf: (pull: Pull) => Pick<Extract<Fact, { kind: 'merged' }>, 'order' | 'tree' | 'touches'>;
}

const nothingKnown: WorldWords = {
  meaningsIn: () => [],
  mergeOf: () => ({ order: null, tree: null, touches: [] }),
};

/** A memory forge that tells the journal what people do on it, and which comments are made. */
export const watchForge = (memory: MemoryForge, journal: Journal, words = nothingKnown): MemoryForge => {
  const pulls = new Map<string, Pull>();
  const reviews = new Map<string, Review[]>();
  const rights = new Map<string, Permission>();
  const nameOf = ({ ref }: Pick<Pull, 'ref'>): string => `${ref.repo.id}/${ref.number}`;
  const count = (name: string): void => {
    const pull = pulls.get(name);
    if (pull === undefined) return;
    const standing = approvers(pull, reviews.get(name) ?? []).filter(({ login }) =>
      atLeast(rights.get(login.toLowerCase()) ?? 'none', 'write'),
    );
    journal.note({ kind: 'approvals', pull: name, head: pull.head.sha, count: standing.length });
  };
  const issues = new Set<number>();
  const told = new Map<number, { readonly pull: string; readonly marker: string }>();
  const shown = (ref: Pull['ref']): void => {
    const boards = memory.comments(ref).filter(({ ours, body }) => ours && body.includes('tidegate:board:'));
    const meanings = boards.flatMap(({ body }) => words.meaningsIn(body));
    journal.note({ kind: 'comment shows', pull: nameOf({ ref }), meanings });
  };
  return {
    ...memory,
    forge: {
      ...memory.forge,
      upsertComment: async (ref, comment) => {
        const known = new Set(memory.comments(ref).map(({ id }) => id));
        try {
          return await memory.forge.upsertComment(ref, comment);
        } finally {
          // Looked for in what is there: a comment whose answer was lost is a comment.
          for (const one of memory.comments(ref)) {
            if (known.has(one.id) || told.has(one.id) || !one.ours) continue;
            // Its first word: a marker that is made unlike itself is still one of the same thing.
            const made = { pull: nameOf({ ref }), marker: comment.marker.split(' ', 1)[0] ?? '' };
            told.set(one.id, made);
            journal.note({ kind: 'comment made', ...made });
          }
          shown(ref);
        }
      },
      upsertIssue: async (repo, issue) => {
        try {
          return await memory.forge.upsertIssue(repo, issue);
        } finally {
          for (const { number, isOurs, body } of memory.issues.all(repo)) {
            if (issues.has(number) || !isOurs || !body.includes(issue.marker)) continue;
            issues.add(number);
            // Without what makes it unlike the marker of another one of the same thing.
            const marker = /tidegate:[^\s]+/.exec(issue.marker)?.[0] ?? issue.marker;
            journal.note({ kind: 'issue made', pull: nameOf({ ref: { repo, number } }), marker });
          }
        }
      },
      upsertCheck: async (repo, check) => {
        const written = await memory.forge.upsertCheck(repo, check);
        const { name, headSha: head, conclusion, status, title } = check;
        if (name === 'tidegate/apply')
          journal.note({ kind: 'check', head, says: conclusion ?? status, title });
        return written;
      },
    },
    setPull: (pull) => {
      memory.setPull(pull);
      const before = pulls.get(nameOf(pull));
      pulls.set(nameOf(pull), pull);
      if (pull.merged !== null && before?.merged == null)
        journal.note({
          kind: 'merged',
          pull: nameOf(pull),
          head: pull.head.sha,
          ...words.mergeOf(pull),
        });
      count(nameOf(pull));
    },
    addReview: (ref, review) => {
      const added = memory.addReview(ref, review);
      const name = nameOf({ ref });
      reviews.set(name, [...(reviews.get(name) ?? []), added]);
      count(name);
      return added;
    },
    setReview: (ref, review) => {
      memory.setReview(ref, review);
      const name = nameOf({ ref });
      reviews.set(
        name,
        (reviews.get(name) ?? []).map((one) => (one.id === review.id ? review : one)),
      );
      count(name);
    },
    setPermission: (repo, login, permission) => {
      memory.setPermission(repo, login, permission);
      rights.set(login.toLowerCase(), permission);
      for (const name of pulls.keys()) count(name);
    },
    removeComment: (repo, id) => {
      memory.removeComment(repo, id);
      const made = told.get(id);
      // The next one is no second one.
      if (made !== undefined) journal.note({ kind: 'comment gone', ...made });
    },
  };
};
