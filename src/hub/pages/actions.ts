import { requestCheckAction, rerequestCheckRun, rerequestCheckSuite } from '../checks.ts';
import { createComment } from '../comments.ts';
import { HubError, notFound } from '../errors.ts';
import { mergePull } from '../merge.ts';
import { setDraft, updatePull } from '../pulls.ts';
import { dequeue, enqueue } from '../queue/entries.ts';
import { submitReview } from '../reviews.ts';
import { type CheckRun, type HubState, mergeMethods, type Pull } from '../state.ts';
import type { Visitor } from './session.ts';

/** Fields of a form, text only. */
export type Fields = Readonly<Record<string, string>>;

/** Does what a form asks for; returns the anchor to show afterwards. Refusals are the same as the API's. */
type Act = (state: HubState, pull: Pull, visitor: Visitor, fields: Fields) => Promise<string>;

const normal = (text: string | undefined): string => (text ?? '').replaceAll('\r\n', '\n');

/** By the last part of the form's address. */
export const actions: ReadonlyMap<string, Act> = new Map<string, Act>([
  [
    'comments',
    async (state, pull, { actor }, fields) =>
      `issuecomment-${createComment(state, pull, actor, normal(fields['body'])).id}`,
  ],
  [
    'reviews',
    async (state, pull, { actor }, fields) => {
      const review = await submitReview(state, pull, actor, {
        event: fields['event'] ?? '',
        body: normal(fields['body']),
        ...(fields['commit'] === undefined ? {} : { commit: fields['commit'] }),
      });
      return `pullrequestreview-${review.id}`;
    },
  ],
  [
    'merge',
    async (state, pull, { actor }, fields) => {
      const method = mergeMethods.find((one) => one === fields['method']);
      if (method === undefined) throw new HubError(422, 'There is no such way to merge.');
      await mergePull(state, pull, actor, {
        method,
        ...(fields['sha'] === undefined ? {} : { sha: fields['sha'] }),
      });
      return 'merge-box';
    },
  ],
  [
    'enqueue',
    async (state, pull, { actor }, fields) => {
      await enqueue(state, pull, actor, {
        ...(fields['sha'] === undefined ? {} : { sha: fields['sha'] }),
        jump: fields['jump'] === 'yes',
      });
      return 'merge-box';
    },
  ],
  [
    'dequeue',
    async (state, pull, { actor }) => {
      await dequeue(state, pull, actor);
      return 'merge-box';
    },
  ],
  ['ready', async (state, pull, { actor }) => draftTo(state, pull, actor, false)],
  ['draft', async (state, pull, { actor }) => draftTo(state, pull, actor, true)],
  ['close', (state, pull, { actor }) => stateTo(state, pull, actor, 'closed')],
  ['reopen', (state, pull, { actor }) => stateTo(state, pull, actor, 'open')],
  [
    'rerun',
    async (state, pull, { actor }, fields) => {
      rerequestCheckRun(state, runOf(pull, fields), actor);
      return 'checks';
    },
  ],
  [
    'press',
    async (state, pull, { actor }, fields) => {
      requestCheckAction(state, runOf(pull, fields), actor, fields['identifier'] ?? '');
      return 'checks';
    },
  ],
  [
    'rerun-all',
    async (state, pull, { actor }, fields) => {
      const suite = pull.repo.checkSuites.get(Number(fields['suite']));
      if (suite === undefined) throw notFound();
      await rerequestCheckSuite(state, suite, actor);
      return 'checks';
    },
  ],
]);

const runOf = (pull: Pull, fields: Fields): CheckRun => {
  const run = pull.repo.checkRuns.get(Number(fields['check']));
  if (run === undefined) throw notFound();
  return run;
};

const draftTo = (state: HubState, pull: Pull, actor: Visitor['actor'], draft: boolean): string => {
  setDraft(state, pull, actor, draft);
  return 'merge-box';
};

const stateTo = async (
  state: HubState,
  pull: Pull,
  actor: Visitor['actor'],
  to: 'open' | 'closed',
): Promise<string> => {
  await updatePull(state, pull, actor, { state: to });
  return 'merge-box';
};

/** The refusal as one sentence for the top of the page. */
export const sentenceOf = (error: HubError): string => {
  const more = error.errors.map((one) =>
    typeof one === 'string' ? one : (one.message ?? `${one.field ?? one.resource}: ${one.code}`),
  );
  return [error.message, ...more].join(': ');
};
