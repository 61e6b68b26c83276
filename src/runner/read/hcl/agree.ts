import { type Argument, type Block, outlined } from '../../../domain/declared/outline.ts';
import { type Body, blocks, isBody } from './syntax.ts';

type Inside = Pick<Block, 'arguments' | 'blocks'>;

const sameNames = (one: readonly string[], other: readonly string[]): boolean => {
  const [left, right] = [new Set(one), new Set(other)];
  return left.size === right.size && [...left].every((name) => right.has(name));
};

/** Bodies under these labels, in the order of the file. */
const under = (value: unknown, labels: readonly string[]): readonly Body[] =>
  labels.reduce<readonly Body[]>(
    (found, label) => found.flatMap((body) => (Object.hasOwn(body, label) ? blocks(body[label]) : [])),
    blocks(value),
  );

/** How many bodies are so many labels below. */
const countAt = (value: unknown, depth: number): number =>
  depth === 0
    ? blocks(value).length
    : blocks(value).reduce(
        (sum, body) =>
          sum + Object.values(body).reduce<number>((all, one) => all + countAt(one, depth - 1), 0),
        0,
      );

const sameBlocks = (found: readonly Block[], value: unknown): boolean => {
  const depths = new Set(found.map(({ labels }) => labels.length));
  const [depth] = depths;
  if (depth === undefined || depths.size > 1 || countAt(value, depth) !== found.length) return false;
  return [...Map.groupBy(found, ({ labels }) => JSON.stringify(labels)).values()].every((same) => {
    const bodies = under(value, same[0]?.labels ?? []);
    return bodies.length === same.length && same.every((block, index) => sameBody(block, bodies[index]));
  });
};

const sameBody = (inside: Inside, body: unknown): boolean => {
  if (!isBody(body)) return false;
  const types = Map.groupBy(inside.blocks, ({ type }) => type);
  const names = inside.arguments.map(({ name }) => name);
  return (
    sameNames([...names, ...types.keys()], Object.keys(body)) &&
    [...types].every(([type, some]) => sameBlocks(some, body[type]))
  );
};

/** Did the parser find the same blocks with the same arguments in them? What is no part of the outline is not compared. */
export const agrees = (found: readonly Block[], outside: readonly Argument[], syntax: unknown): boolean => {
  if (!isBody(syntax)) return false;
  const types = Map.groupBy(found, ({ type }) => type);
  return (
    [...outlined].every((type) => {
      const some = types.get(type);
      return some === undefined ? !Object.hasOwn(syntax, type) : sameBlocks(some, syntax[type]);
    }) && outside.every(({ name }) => Object.hasOwn(syntax, name))
  );
};
