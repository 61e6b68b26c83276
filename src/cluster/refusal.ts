import type { JsonMap } from './json.ts';

const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** An answer that is not the wish: a `metav1.Status` with its code. */
export class Refusal extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: JsonMap;

  constructor(
    code: number,
    message: string,
    more: { readonly reason?: string; readonly details?: JsonMap } = {},
  ) {
    super(message);
    this.code = code;
    this.reason = more.reason ?? reasons[code] ?? 'Unknown';
    this.details = more.details ?? {};
  }

  toStatus(): JsonMap {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      details: this.details,
      code: this.code,
    };
  }
}

/** `deployments.apps`, or `secrets` of the core group. */
const resourceName = (plural: string, group: string): string =>
  group === '' ? plural : `${plural}.${group}`;

export const notFound = (plural: string, group: string, name: string): Refusal =>
  new Refusal(404, `${resourceName(plural, group)} "${name}" not found`, {
    details: { name, group, kind: plural },
  });

export const alreadyExists = (plural: string, group: string, name: string): Refusal =>
  new Refusal(409, `${resourceName(plural, group)} "${name}" already exists`, {
    reason: 'AlreadyExists',
    details: { name, group, kind: plural },
  });

export const modified = (plural: string, group: string, name: string): Refusal =>
  new Refusal(
    409,
    `Operation cannot be fulfilled on ${resourceName(plural, group)} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
    { details: { name, group, kind: plural } },
  );

export const invalid = (kind: string, group: string, name: string, field: string, why: string): Refusal =>
  new Refusal(422, `${resourceName(kind, group)} "${name}" is invalid: ${field}: ${why}`, {
    details: { name, group, kind, causes: [{ reason: 'FieldValueInvalid', message: why, field }] },
  });
