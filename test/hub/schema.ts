import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import type { Exchange } from '../../src/hub/api.ts';

interface Schema {
  readonly routes: Readonly<Record<string, Readonly<Record<string, object | null>>>>;
  readonly definitions: Readonly<Record<string, unknown>>;
}

const schema: Schema = JSON.parse(
  readFileSync(new URL('../fixtures/openapi/schema.json', import.meta.url), 'utf8'),
);

/** Where GitHub's description and GitHub differ, or the hub means to: `METHOD template path-in-the-answer`. */
const exceptions: readonly RegExp[] = [
  // The package folds "a user or an enterprise" into one object that must be both.
  /^GET \/app\/installations 200 \/\d+\/account /,
];

const ajv = new Ajv({ strict: false, allErrors: true, validateSchema: false });
const compiled = new Map<string, ValidateFunction>();

const validatorFor = (key: string, answer: object): ValidateFunction => {
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const made = ajv.compile({ ...answer, definitions: schema.definitions });
  compiled.set(key, made);
  return made;
};

/** What is wrong with an answer by GitHub's own description; empty when nothing is. */
export const faultsOf = ({ method, template, status, body }: Exchange): string[] => {
  const route = `${method} ${template}`;
  const answers = schema.routes[route];
  if (answers === undefined) return [`${route} is not in GitHub's description`];
  if (!(String(status) in answers)) return [`${route} does not answer ${status} on GitHub`];
  const answer = answers[String(status)];
  if (answer === null || answer === undefined)
    return body === undefined ? [] : [`${route} has no body at ${status} on GitHub`];
  const validate = validatorFor(`${route} ${status}`, answer);
  if (validate(JSON.parse(JSON.stringify(body)))) return [];
  return (validate.errors ?? [])
    .map((error) => `${route} ${status} ${error.instancePath} ${error.message ?? ''}`)
    .filter((fault) => !exceptions.some((exception) => exception.test(fault)));
};

/** Every route of the description, as `METHOD template`. */
export const describedRoutes: readonly string[] = Object.keys(schema.routes);
