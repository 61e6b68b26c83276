import type { Place } from './declared/place.ts';
import type { AttributeChange, InnerDifference, PlanSummary, ResourceChange } from './plan-summary.ts';

type Through = (text: string) => string;

interface Sides {
  readonly before: string | null;
  readonly after: string | null;
}

const ifAny = (text: string | null, through: Through): string | null =>
  text === null ? null : through(text);

const sidesThrough = <T extends Sides>(sides: T, through: Through): T => ({
  ...sides,
  before: ifAny(sides.before, through),
  after: ifAny(sides.after, through),
});

const innerThrough = (
  inner: InnerDifference,
  through: (one: AttributeChange) => AttributeChange,
  text: Through,
) =>
  inner.kind === 'json'
    ? { ...inner, changes: inner.changes.map(through) }
    : { ...inner, lines: inner.lines.map((line) => ({ ...line, text: text(line.text) })) };

const attributeThrough = (attribute: AttributeChange, through: Through): AttributeChange => ({
  ...sidesThrough(attribute, through),
  ...(attribute.inner === undefined
    ? {}
    : { inner: innerThrough(attribute.inner, (one) => attributeThrough(one, through), through) }),
});

const importingThrough = (importing: ResourceChange['importing'], through: Through) =>
  importing === null ? null : { id: ifAny(importing.id, through) };

interface Ways {
  readonly value: Through;
  readonly path: Through;
}

const exposuresThrough = (
  { exposures }: ResourceChange,
  { value, path }: Ways,
): Pick<ResourceChange, 'exposures'> =>
  exposures === undefined
    ? {}
    : {
        exposures: {
          ...exposures,
          found: exposures.found.map((one) => ({
            ...sidesThrough(one, value),
            path: ifAny(one.path, path),
            about: one.about.map((beside) => ({ path: path(beside.path), value: value(beside.value) })),
          })),
        },
      };

const placeThrough = (place: Place, { value, path }: Ways): Place => ({
  ...place,
  address: path(place.address),
  path: path(place.path),
  argument: ifAny(place.argument, path),
  ...(place.policies === undefined
    ? {}
    : { policies: place.policies.map((one) => ({ name: path(one.name), because: value(one.because) })) }),
});

const placesThrough = ({ places }: Pick<PlanSummary, 'places'>, ways: Ways): Pick<PlanSummary, 'places'> =>
  places === undefined ? {} : { places: places.map((place) => placeThrough(place, ways)) };

/** The summary with every value in it put through, and no name: by their addresses resources are found again. */
export const valuesThrough = (summary: PlanSummary, through: Through): PlanSummary => ({
  ...summary,
  resources: summary.resources.map((resource) => ({
    ...resource,
    ...exposuresThrough(resource, { value: through, path: String }),
    importing: importingThrough(resource.importing, through),
    attributes: resource.attributes.map((attribute) => attributeThrough(attribute, through)),
  })),
  outputs: summary.outputs.map((output) => sidesThrough(output, through)),
  checks: summary.checks.map((check) => ({ ...check, problems: check.problems.map(through) })),
  drift: summary.drift.map((drifted) => ({
    ...drifted,
    attributes: drifted.attributes.map((attribute) => attributeThrough(attribute, through)),
  })),
  ...placesThrough(summary, { value: through, path: String }),
});

/** Every value that `valuesThrough` puts through. */
export const valuesOf = (summary: PlanSummary): readonly string[] => {
  const values: string[] = [];
  valuesThrough(summary, (text) => {
    values.push(text);
    return text;
  });
  return values;
};

const pathsThrough = (attributes: readonly AttributeChange[], through: Through): readonly AttributeChange[] =>
  attributes.map(({ inner, ...attribute }) => ({
    ...attribute,
    path: through(attribute.path),
    ...(inner === undefined
      ? {}
      : { inner: innerThrough(inner, (one) => ({ ...one, path: through(one.path) }), String) }),
  }));

const addressThrough = <T extends { readonly address: string }>(one: T, through: Through): T => ({
  ...one,
  address: through(one.address),
});

const liftedThrough = (
  { lifted }: Pick<PlanSummary, 'lifted'>,
  through: Through,
): Pick<PlanSummary, 'lifted'> =>
  lifted === undefined
    ? {}
    : {
        lifted: lifted.map((one) => ({
          ...addressThrough(one, through),
          place: one.place === null ? null : { ...one.place, path: through(one.place.path) },
        })),
      };

/** The summary with every name in it put through, and no value: addresses, paths, names of outputs. */
export const namesThrough = (summary: PlanSummary, through: Through): PlanSummary => {
  const { resources, outputs, reads, deferred, invocations, checks, drift, ...rest } = summary;
  return {
    ...rest,
    ...placesThrough(rest, { value: String, path: through }),
    ...liftedThrough(rest, through),
    ...(rest.sameValues === undefined
      ? {}
      : { sameValues: rest.sameValues.map((one) => ({ ...one, place: through(one.place) })) }),
    resources: resources.map((resource) => ({
      ...resource,
      ...exposuresThrough(resource, { value: String, path: through }),
      address: through(resource.address),
      previousAddress: ifAny(resource.previousAddress, through),
      module: ifAny(resource.module, through),
      name: through(resource.name),
      index: typeof resource.index === 'string' ? through(resource.index) : resource.index,
      replacePaths: resource.replacePaths.map(through),
      sensitive: resource.sensitive.map(through),
      unknown: resource.unknown.map(through),
      attributes: pathsThrough(resource.attributes, through),
    })),
    outputs: outputs.map((output) => ({ ...output, name: through(output.name) })),
    reads: reads.map((one) => addressThrough(one, through)),
    deferred: deferred.map((one) => addressThrough(one, through)),
    invocations: invocations.map((one) => ({
      ...addressThrough(one, through),
      trigger: ifAny(one.trigger, through),
    })),
    checks: checks.map((one) => addressThrough(one, through)),
    drift: drift.map((one) => ({
      ...addressThrough(one, through),
      attributes: pathsThrough(one.attributes, through),
    })),
  };
};

/** With every value and every name put through: to be shown, and not to be kept. */
export const wordsThrough = (summary: PlanSummary, through: Through): PlanSummary =>
  namesThrough(valuesThrough(summary, through), through);
