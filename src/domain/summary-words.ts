import type { PlanSummary } from './plan-summary.ts';

type Through = (text: string) => string;

interface Sides {
  readonly before: string | null;
  readonly after: string | null;
}

const sidesThrough = <T extends Sides>(sides: T, through: Through): T => ({
  ...sides,
  before: sides.before === null ? null : through(sides.before),
  after: sides.after === null ? null : through(sides.after),
});

/** The summary with every value in it put through, and no name: by their addresses resources are found again. */
export const valuesThrough = (summary: PlanSummary, through: Through): PlanSummary => ({
  ...summary,
  resources: summary.resources.map((resource) => ({
    ...resource,
    attributes: resource.attributes.map((attribute) => sidesThrough(attribute, through)),
  })),
  outputs: summary.outputs.map((output) => sidesThrough(output, through)),
});

/** The same with every name as well: to be shown, and not to be kept. */
export const wordsThrough = (summary: PlanSummary, through: Through): PlanSummary => {
  const { resources, outputs, ...rest } = valuesThrough(summary, through);
  return {
    ...rest,
    resources: resources.map((resource) => ({
      ...resource,
      address: through(resource.address),
      previousAddress: resource.previousAddress === null ? null : through(resource.previousAddress),
      replacePaths: resource.replacePaths.map(through),
      attributes: resource.attributes.map((attribute) => ({ ...attribute, path: through(attribute.path) })),
    })),
    outputs: outputs.map((output) => ({ ...output, name: through(output.name) })),
  };
};
