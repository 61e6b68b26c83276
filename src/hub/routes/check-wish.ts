import type { CheckChange } from '../checks.ts';
import { HubError, invalid } from '../errors.ts';
import { type Annotation, type CheckAction, conclusions } from '../state.ts';
import { type Call, isRecord, list, text } from './route.ts';

const statuses = ['queued', 'in_progress', 'completed'] as const;
const levels = ['notice', 'warning', 'failure'] as const;

/** GitHub stores 65,535 characters of summary and of text. */
const outputLimit = 65_535;

const limited = (field: string, value: string | undefined): string | undefined => {
  if (value !== undefined && [...value].length > outputLimit)
    throw new HubError(
      422,
      `Invalid request.\n\nOnly ${outputLimit} characters are allowed; ${[...value].length} were supplied.`,
      [{ resource: 'CheckRun', field, code: 'too_long' }],
    );
  return value;
};

const whole = (value: unknown): number | null =>
  typeof value === 'number' && Number.isInteger(value) ? value : null;

const annotation = (value: unknown): Annotation => {
  if (!isRecord(value)) throw invalid('CheckRun', 'annotations', 'invalid');
  const start = whole(value['start_line']);
  const end = whole(value['end_line']);
  const level = levels.find((one) => one === value['annotation_level']);
  const [path, message] = [text(value, 'path'), text(value, 'message')];
  if (start === null || end === null || level === undefined || path === undefined || message === undefined)
    throw invalid('CheckRun', 'annotations', 'invalid');
  return {
    path,
    start_line: start,
    end_line: end,
    start_column: whole(value['start_column']),
    end_column: whole(value['end_column']),
    annotation_level: level,
    message,
    title: text(value, 'title') ?? null,
    raw_details: text(value, 'raw_details') ?? null,
  };
};

const action = (value: unknown): CheckAction => {
  if (!isRecord(value)) throw invalid('CheckRun', 'actions', 'invalid');
  const read = (name: string, limit: number): string => {
    const found = text(value, name);
    if (found === undefined || found.length > limit) throw invalid('CheckRun', 'actions', 'invalid');
    return found;
  };
  return {
    label: read('label', 20),
    description: read('description', 40),
    identifier: read('identifier', 20),
  };
};

const time = (body: Call['body'], name: string): number | undefined => {
  const value = text(body, name);
  if (value === undefined) return undefined;
  const at = Date.parse(value);
  if (Number.isNaN(at)) throw invalid('CheckRun', name, 'invalid');
  return at;
};

/** At most `limit` of a list of the body. */
const some = (body: Call['body'], name: string, limit: number): readonly unknown[] => {
  const values = list(body, name) ?? [];
  if (values.length > limit)
    throw new HubError(
      422,
      `Invalid request.\n\nNo more than ${limit} items are allowed; ${values.length} were supplied.`,
    );
  return values;
};

const outputOf = (body: Call['body']): Pick<CheckChange, 'output' | 'annotations'> => {
  const output = body['output'];
  if (output === undefined || output === null) return {};
  if (!isRecord(output)) throw invalid('CheckRun', 'output', 'invalid');
  const parts = {
    title: text(output, 'title'),
    summary: limited('summary', text(output, 'summary')),
    text: limited('text', text(output, 'text')),
  };
  const given = Object.entries(parts).filter(([, value]) => value !== undefined);
  return {
    output: Object.fromEntries(given),
    annotations: some(output, 'annotations', 50).map(annotation),
  };
};

/** Reads the body of a create or update; 422 for what GitHub refuses. */
export const checkWish = (body: Call['body']): CheckChange => {
  const [statusText, conclusionText] = [text(body, 'status'), text(body, 'conclusion')];
  const status = statuses.find((one) => one === statusText);
  const conclusion = conclusions.find((one) => one === conclusionText && one !== 'stale');
  if (statusText !== undefined && status === undefined) throw invalid('CheckRun', 'status', 'invalid');
  if (conclusionText !== undefined && conclusion === undefined)
    throw invalid('CheckRun', 'conclusion', 'invalid');
  if (status === 'completed' && conclusion === undefined)
    throw new HubError(422, `Invalid request.\n\n"conclusion" wasn't supplied.`);
  const [externalId, detailsUrl] = [text(body, 'external_id'), text(body, 'details_url')];
  const [startedAt, completedAt] = [time(body, 'started_at'), time(body, 'completed_at')];
  return {
    ...(status === undefined ? {} : { status }),
    ...(conclusion === undefined ? {} : { conclusion }),
    ...(externalId === undefined ? {} : { externalId }),
    ...(detailsUrl === undefined ? {} : { detailsUrl }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(completedAt === undefined ? {} : { completedAt }),
    ...(body['actions'] === undefined ? {} : { actions: some(body, 'actions', 3).map(action) }),
    ...outputOf(body),
  };
};
