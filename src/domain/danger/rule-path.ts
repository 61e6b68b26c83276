/**
 * Where a rule looks: keys, `each` element of a list, and `json` for a text that holds JSON. Written
 * `ingress[*].cidr_blocks[*]`, `policy_data | bindings[*].members[*]`.
 */
export type RulePath = readonly ({ readonly key: string } | 'each' | 'json')[];

const key = /^[A-Za-z_][\w-]*/;

/** Null for what is no such path. The empty text is the path that leads nowhere else. */
export const parseRulePath = (text: string): RulePath | null => {
  const steps: RulePath[number][] = [];
  if (text === '') return steps;
  for (const [index, part] of text.split(' | ').entries()) {
    if (index > 0) steps.push('json');
    for (const name of part.split('.')) {
      const found = key.exec(name)?.[0];
      const rest = name.slice(found?.length ?? 0);
      if (found === undefined || !/^(?:\[\*\])*$/.test(rest)) return null;
      steps.push({ key: found });
      for (let each = 0; each < rest.length; each += 3) steps.push('each');
    }
  }
  return steps;
};

/** A value of one side of a change, with what the tool says of it. */
export interface Node {
  readonly value: unknown;
  /** Marks: true for the whole, or in the shape of the value. */
  readonly unknown: unknown;
  readonly sensitive: unknown;
  readonly path: readonly (string | number)[];
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const child = (value: unknown, step: string | number): unknown => {
  if (Array.isArray(value)) return typeof step === 'number' ? value[step] : undefined;
  return isRecord(value) && Object.hasOwn(value, step) ? value[step] : undefined;
};

const inside = (node: Node, step: string | number): Node => ({
  value: child(node.value, step),
  unknown: node.unknown === true || child(node.unknown, step),
  sensitive: node.sensitive === true || child(node.sensitive, step),
  path: [...node.path, step],
});

const asJson = (node: Node): Node | null => {
  if (typeof node.value !== 'string') return isRecord(node.value) ? node : null;
  try {
    return { ...node, value: JSON.parse(node.value), sensitive: node.sensitive === true };
  } catch {
    return null;
  }
};

const elements = (node: Node): readonly Node[] => {
  const { value, unknown } = node;
  if (unknown === true) return [node];
  if (Array.isArray(value) || Array.isArray(unknown)) {
    const length = Math.max(
      Array.isArray(value) ? value.length : 0,
      Array.isArray(unknown) ? unknown.length : 0,
    );
    return Array.from({ length }, (_, index) => inside(node, index));
  }
  // Newer providers have an object where older ones have a list with one block.
  return value === undefined || value === null ? [] : [node];
};

/** All that stands at a path, unknown values too; none where there is no such place. */
export const nodesAt = (start: Node, path: RulePath): readonly Node[] =>
  path.reduce<readonly Node[]>(
    (nodes, step) =>
      nodes.flatMap((node) => {
        if (step === 'each') return elements(node);
        if (step !== 'json') return [inside(node, step.key)];
        if (node.unknown === true) return [node];
        return asJson(node) ?? [];
      }),
    [start],
  );
