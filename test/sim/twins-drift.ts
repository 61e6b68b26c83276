import type { Twin } from './twins.ts';
import { changed } from './twins.ts';

/** The same of what is done after a merge. */
export const driftTwins: readonly Twin[] = [
  {
    name: 'who suspends a project is not heard',
    finds: /was begun although comment .* had suspended/,
    sabotage: (ports) =>
      changed(ports, (tables) => ({
        ...tables,
        suspensions: { ...tables.suspensions, of: async () => [] },
      })),
  },
  {
    name: 'an issue is opened each time that there is something to tell',
    finds: /two issues of/,
    sabotage: (ports) => ({
      ...ports,
      forge: {
        ...ports.forge,
        upsertIssue: (repo, issue) => {
          // Made unlike any that is there, so that none is found.
          const marker = `${issue.marker} ${ports.newId()}`;
          return ports.forge.upsertIssue(repo, {
            ...issue,
            number: null,
            marker,
            body: issue.body.replace(issue.marker, marker),
          });
        },
      },
    }),
  },
  {
    name: 'looks are said to have found nothing',
    finds: /is drifted, and told to be clean/,
    sabotage: (ports) =>
      changed(ports, (tables) => ({
        ...tables,
        drifts: {
          ...tables.drifts,
          put: (row) =>
            tables.drifts.put({ ...row, status: row.status === 'drifted' ? 'clean' : row.status }),
        },
      })),
  },
];

/** The same of tags. */
export const tagTwins: readonly Twin[] = [
  {
    name: 'nobody keeps where a tag led',
    finds: /where no tag led when it was chosen/,
    sabotage: (ports) =>
      changed(ports, (tables) => ({
        ...tables,
        tags: { ...tables.tags, kept: async () => new Map() },
      })),
  },
];
