import type { AttributeRule, DangerCatalogue } from '../../domain/danger/catalogue.ts';
import { exposuresOf, type Telling } from '../../domain/danger/exposures.ts';
import type { ResourceChange } from '../../domain/plan-summary.ts';
import { printPath } from './attributes.ts';
import type { Hiding } from './hiding.ts';
import type { Planned } from './terraform-kinds.ts';

const longestValue = 120;

const shown = (value: unknown, hiding: Hiding): string => {
  const text = typeof value === 'string' ? hiding.text([], value) : hiding.show([], value, undefined);
  if (text === null) return hiding.hidden(value);
  return text.length <= longestValue ? text : `${text.slice(0, longestValue - 1).toWellFormed()}…`;
};

/**
 * What each change takes away and opens by the catalogue. It is looked for here, where values are whole: a summary keeps
 * a part of them.
 */
export const createExposureReader = (
  catalogue: DangerCatalogue,
  hiding: Hiding,
): ((planned: Planned) => Pick<ResourceChange, 'exposures'>) => {
  const telling: Telling = {
    value: (value, isSensitive) => (isSensitive ? hiding.hidden(value) : shown(value, hiding)),
    path: (path) => printPath(path, hiding.key),
  };
  // Thousands of resources have few types.
  const rules = new Map<string, readonly AttributeRule[]>();
  const rulesOf = (type: string): readonly AttributeRule[] => {
    const known = rules.get(type) ?? catalogue.rulesOf(type);
    rules.set(type, known);
    return known;
  };
  return ({ action, json }) => {
    // What is only moved, imported or let go of is as it was.
    if (json.mode === 'data' || !['create', 'update', 'replace', 'delete'].includes(action)) return {};
    // An older object that is still to be destroyed protects nothing.
    if (json.deposed !== undefined) return {};
    const { change } = json;
    const exposures = exposuresOf(
      rulesOf(json.type),
      {
        before: change.before,
        after: change.after,
        afterUnknown: change.after_unknown,
        beforeSensitive: change.before_sensitive,
        afterSensitive: change.after_sensitive,
        isGone: action === 'delete',
      },
      telling,
    );
    return exposures === null ? {} : { exposures };
  };
};
