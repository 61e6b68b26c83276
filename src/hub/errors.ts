/** One entry of `errors` in a 422 of GitHub's. */
export interface FieldError {
  readonly resource: string;
  readonly field?: string;
  readonly code: string;
  readonly message?: string;
}

/** A refusal in GitHub's words; the routes turn it into an answer, the pages into a sentence. */
export class HubError extends Error {
  readonly status: number;
  readonly errors: readonly FieldError[] | readonly string[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    errors: readonly FieldError[] | readonly string[] = [],
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'HubError';
    this.status = status;
    this.errors = errors;
    this.headers = headers;
  }
}

export const notFound = (): HubError => new HubError(404, 'Not Found');

export const forbidden = (message: string): HubError => new HubError(403, message);

/** A 422 with one field error. */
export const invalid = (resource: string, field: string, code: string, message?: string): HubError =>
  new HubError(422, 'Validation Failed', [
    message === undefined ? { resource, field, code } : { resource, field, code, message },
  ]);
