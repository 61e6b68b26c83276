import { z } from 'zod';
import { ownValue } from '../../domain/own-value.ts';
import type { StateObject, StateReading } from '../../domain/state-comparison.ts';
import { canonical, isRecord, parseExactly } from './canonical.ts';

/** The part of Terraform's state that is read, version 4: https://github.com/hashicorp/terraform/blob/v1.11.4/internal/states/statefile/version4.go */
const stateFile = z.object({
  version: z.literal(4),
  serial: z.number().int().nonnegative(),
  lineage: z.string(),
  resources: z.array(
    z.object({
      module: z.string().optional(),
      mode: z.string(),
      type: z.string(),
      name: z.string(),
      instances: z.array(
        z.object({
          index_key: z.union([z.string(), z.number()]).optional(),
          status: z.string().optional(),
          deposed: z.string().optional(),
          attributes: z.unknown().optional(),
        }),
      ),
    }),
  ),
});

/** As Terraform writes an instance key: HCL's quotes, in which `${` and `%{` are doubled. */
const keyText = (key: string | number | undefined): string => {
  if (key === undefined) return '';
  if (typeof key === 'number') return `[${key}]`;
  return `[${JSON.stringify(key).replace(/[$%](?=\{)/g, (sign) => sign + sign)}]`;
};

/** The steps of a path as `printPath` prints it. */
const stepsOf = (path: string): readonly (string | number)[] | null => {
  const steps: (string | number)[] = [];
  const part = /\.?([A-Za-z_][\w-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/y;
  while (part.lastIndex < path.length) {
    const found = part.exec(path);
    if (found === null) return null;
    const [, name, index, quoted] = found;
    steps.push(name ?? (index === undefined ? String(JSON.parse(quoted ?? '""')) : Number(index)));
  }
  return steps;
};

const child = (value: unknown, step: string | number): unknown => {
  if (Array.isArray(value)) return typeof step === 'number' ? value[step] : undefined;
  return isRecord(value) ? ownValue(value, String(step)) : undefined;
};

/** A value of any type is kept with its type beside it, where a plan has the value alone. */
const forms = (value: unknown): readonly unknown[] =>
  isRecord(value) && Object.keys(value).length === 2 && 'type' in value && 'value' in value
    ? [value, value['value']]
    : [value];

const textsOf = (attributes: unknown, path: string): readonly string[] => {
  const steps = stepsOf(path);
  if (steps === null) return [];
  let values: readonly unknown[] = forms(attributes);
  for (const step of steps) values = values.flatMap((value) => forms(child(value, step)));
  return values.filter((value) => value !== undefined && value !== null).map(canonical);
};

/** Reads what `state pull` prints; nothing at all is what some backends have before the first apply. Null for anything but a state of a version that is known. */
export const readTerraformState = (output: Buffer): StateReading | null => {
  if (output.toString('utf8', 0, 64).trim() === '') return { lineage: '', serial: 0, objects: new Map() };
  let json: unknown;
  try {
    json = parseExactly(output.toString('utf8'));
  } catch {
    return null;
  }
  const parsed = stateFile.safeParse(json);
  if (!parsed.success) return null;
  const objects = new Map<string, StateObject>();
  const { lineage, serial, resources } = parsed.data;
  for (const { module, mode, type, name, instances } of resources) {
    const resource = [module, mode === 'data' ? 'data' : undefined, type, name].filter(Boolean).join('.');
    for (const { index_key, status, deposed, attributes } of instances) {
      const address = `${resource}${keyText(index_key)}`;
      const known = objects.get(address);
      const older = (known?.deposed ?? 0) + (deposed === undefined ? 0 : 1);
      objects.set(
        address,
        deposed === undefined || known === undefined
          ? {
              tainted: status === 'tainted',
              deposed: older,
              texts: (path) => textsOf(attributes, path),
            }
          : { ...known, deposed: older },
      );
    }
  }
  return { lineage, serial, objects };
};
