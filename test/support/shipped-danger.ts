import { parseOperatorFile } from '../../src/config/operator-file.ts';
import type { DangerCatalogue } from '../../src/domain/danger/catalogue.ts';

/** What an operator has who says nothing of dangers, or this below `danger:`, in YAML of one line. */
export const dangerCatalogue = (danger = '{}'): DangerCatalogue => {
  const parsed = parseOperatorFile(`allow: [acme/*]\ndanger: ${danger}`, 'operator.yaml');
  if ('problem' in parsed) throw new Error(parsed.problem.sentence);
  return parsed.value.danger;
};
