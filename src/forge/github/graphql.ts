import type { Octokit } from '@octokit/rest';
import { z } from 'zod';
import { ForgeError } from '../port.ts';
import { failureOf } from './failure.ts';
import { fieldsOf } from './fields.ts';

/** What Octokit throws for an answer with errors in it; the data beside them may be whole but for what was not told. */
const answerWithErrors = z.object({
  name: z.literal('GraphqlResponseError'),
  data: z.unknown(),
  headers: z.record(z.string(), z.unknown()).catch({}),
  errors: z
    .array(
      z.object({
        type: z.string().default(''),
        message: z.string().default(''),
        path: z.array(z.union([z.string(), z.number()])).default([]),
      }),
    )
    .min(1),
});

/** As the status that the REST API would have answered with. */
const statuses: ReadonlyMap<string, number> = new Map([
  ['NOT_FOUND', 404],
  ['FORBIDDEN', 403],
  ['RATE_LIMITED', 429],
  ['UNPROCESSABLE', 422],
]);

/**
 * Asks GitHub's GraphQL API, which has a limit of its own, counted in points: each of our questions is one
 * (https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api).
 *
 * @param document its operation has a name.
 * @param mayRefuse last names of the fields that come as null where the App may not see them; a refusal of another one fails.
 * @param now Unix milliseconds.
 * @throws {ForgeError} where nothing came, something was refused, or the answer has another shape.
 */
export const ask = async <T>(
  octokit: Octokit,
  question: {
    readonly document: string;
    readonly variables: Readonly<Record<string, string | number | null>>;
    readonly shape: z.ZodType<T>;
    readonly mayRefuse?: readonly string[];
  },
  now: number,
): Promise<T> => {
  const { document, variables, shape, mayRefuse = [] } = question;
  const read = (data: unknown): T => {
    const result = shape.safeParse(data);
    if (result.success) return result.data;
    throw new ForgeError('unavailable', 'POST /graphql: the answer has another shape than was asked for');
  };
  try {
    return read(await octokit.graphql(document, { ...variables }));
  } catch (error) {
    if (fieldsOf(error)?.['name'] !== 'GraphqlResponseError') throw error;
    const answer = answerWithErrors.parse(error);
    const bad = answer.errors.find(
      ({ type, path }) => type !== 'FORBIDDEN' || !mayRefuse.includes(String(path.at(-1))),
    );
    if (bad === undefined) return read(answer.data);
    const status = statuses.get(bad.type) ?? 502;
    throw failureOf({ call: 'POST /graphql', status, headers: answer.headers, message: bad.message }, now);
  }
};
