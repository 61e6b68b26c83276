import { type Layers, partOf } from '../declared/folder.ts';
import { type Definitions, evaluated, isJson, noScope, type Written } from './definitions.ts';
import { type Budget, feedsOf, type Result, unknowable, unknown } from './result.ts';
import { isMap, isScalar, type Value } from './value.ts';

/** A file of variables. */
export interface VariableFile {
  /** The settings of the project name it: the tool is given it for its plan, but not when it fetches modules. */
  readonly isNamed: boolean;
  /** Null: it could not be read, and may give anything. */
  readonly values: ReadonlyMap<string, Written> | null;
}

/** What gives the variables of a project. */
export interface Given {
  /** What counts most last. https://developer.hashicorp.com/terraform/language/values/variables#variable-definition-precedence */
  readonly files: readonly VariableFile[];
  /** Variables of the environment that settings say, `TF_VAR_` and all. */
  readonly environment: ReadonlyMap<string, string>;
  /** May the server's environment, or a program of the operator, give this one? */
  readonly mayBeSet: (name: string) => boolean;
}

/** Does the value stay what it is where the variable has this type? In doubt it does not. */
const keeps = (type: string | null, value: Value): boolean => {
  if (type === null || type === 'any') return true;
  // OpenTofu does not convert what a root is given before it starts.
  if (type === 'string') return typeof value === 'string';
  if (type === 'bool') return typeof value === 'boolean';
  if (type === 'number') return typeof value === 'number';
  const ofTexts = (values: readonly Value[]) => values.every((one) => typeof one === 'string');
  if (type === 'list(string)') return Array.isArray(value) && ofTexts(value);
  if (type === 'map(string)') return isMap(value) && ofTexts([...value.values()]);
  return false;
};

/** What a module says of one of its variables. */
interface Declaration {
  readonly type: string | null;
  /** Of values that are not to be shown nothing is worked out. */
  readonly isHidden: boolean;
  /** Undefined: it has none. */
  readonly default: Result | undefined;
  readonly feeds: readonly string[];
}

const declarationOf = (layers: Layers, label: string, budget: Budget): Declaration => {
  const part = (name: string) => partOf(layers, [name]);
  const text = (name: string): string | null => part(name)?.argument?.text?.replace(/^"(.*)"$/, '$1') ?? null;
  const defaultOf = (): Result | undefined => {
    const said = part('default');
    if (said === null) return undefined;
    const { argument, file } = said;
    return argument === null
      ? unknowable
      : evaluated({ argument, isJson: isJson(file) }, noScope, budget, `default of ${label}`, true);
  };
  return {
    type: part('type') === null ? null : (text('type') ?? 'not known'),
    isHidden: ['sensitive', 'ephemeral'].some((name) => part(name) !== null && text(name) !== 'false'),
    default: defaultOf(),
    feeds: ['type', 'sensitive', 'ephemeral', 'nullable'].flatMap((name) => {
      const found = part(name);
      return found === null ? [] : [`${name} of ${label} ${found.digest}`];
    }),
  };
};

/** The declared variable; null: it is not known whether there is one, or which. */
const declarationIn = (
  { blocks, isRead }: Definitions,
  name: string,
  label: string,
  budget: Budget,
): Declaration | null => {
  const layers = isRead ? blocks.declared('variable', [name]) : null;
  return layers === null || layers === 'none' ? null : declarationOf(layers, label, budget);
};

const settled = (declaration: Declaration, { known, feeds: more }: Result): Result => {
  const { type, isHidden, feeds } = declaration;
  const isNull = known === null || known.value === null;
  const isKnown = !isNull && !isHidden && keeps(type, known.value);
  // In the place of null the default may count.
  const least = isNull ? (declaration.default?.feeds ?? []) : [];
  return { known: isKnown ? known : null, feeds: feedsOf(feeds, more, least) };
};

const nothing = (label: string): Result => unknown(`nothing gives ${label}`);

/** The last of these files that gives it, or what counts less than any file. */
const givenBy = (
  files: readonly VariableFile[],
  name: string,
  label: string,
  budget: Budget,
  otherwise: () => Result,
): Result => {
  for (const { values } of files.toReversed()) {
    if (values === null) return unknowable;
    const written = values.get(name);
    if (written !== undefined) return evaluated(written, noScope, budget, `given as ${label}`, true);
  }
  return otherwise();
};

const sameValue = (one: Result, other: Result): boolean =>
  one.known !== null &&
  other.known !== null &&
  isScalar(one.known.value) &&
  one.known.value === other.known.value;

/** A variable of the root. */
export const rootVariable = (
  definitions: Definitions,
  { files, environment, mayBeSet }: Given,
  name: string,
  budget: Budget,
): Result => {
  const label = `var.${name}`;
  const declaration = declarationIn(definitions, name, label, budget);
  if (declaration === null) return unknowable;
  const said = environment.get(`TF_VAR_${name}`);
  const isText = declaration.type === null || declaration.type === 'string';
  const least = (): Result => {
    const own = declaration.default ?? nothing(label);
    if (mayBeSet(name))
      return { known: null, feeds: feedsOf([`the environment may give ${label}`], own.feeds) };
    if (said === undefined) return own;
    const { feeds } = unknown(`the environment gives ${label}: ${said}`);
    return { known: isText ? { value: said.normalize('NFC') } : null, feeds };
  };
  const planned = settled(declaration, givenBy(files, name, `${label} in a plan`, budget, least));
  if (!files.some(({ isNamed }) => isNamed)) return planned;
  const own = files.filter(({ isNamed }) => !isNamed);
  const fetched = settled(declaration, givenBy(own, name, `${label} in a fetch`, budget, least));
  // Modules are fetched by one value and planned by the other.
  return {
    known: sameValue(planned, fetched) ? planned.known : null,
    feeds: feedsOf(planned.feeds, fetched.feeds),
  };
};

/**
 * A variable of a module that is called.
 *
 * @param given the value of the call's argument; undefined: it has none
 */
export const calledVariable = (
  definitions: Definitions,
  name: string,
  label: string,
  given: Result | undefined,
  budget: Budget,
): Result => {
  const declaration = declarationIn(definitions, name, label, budget);
  if (declaration === null) return unknowable;
  return settled(declaration, given ?? declaration.default ?? nothing(label));
};
