import { parseOperatorFile } from '../../src/config/operator-file.ts';
import type { OperatorSettings } from '../../src/config/types.ts';

/** Nothing is planned once more after an apply, where no other rule says so: most stories are not about that, and count plans. */
export const notConverging = (operator: OperatorSettings): OperatorSettings => ({
  ...operator,
  rules: [
    { scope: 'of tests', matches: () => true, inEnvironment: null, inRepository: null, converge: false },
    ...operator.rules,
  ],
});

/** Reads lines of an operator file for a world in memory; `begun` are those that it begins with. */
export const operatorOfTests = (begun: string): ((lines: string) => { readonly value: OperatorSettings }) => {
  // Its tool takes any word for a configuration, which is more than the parser does.
  const trust = begun.includes('trust:') ? '' : 'trust: { unreadable: allow }\n';
  return (lines) => {
    const operator = parseOperatorFile(`allow: [acme/*]\n${trust}${lines}`, 'operator.yaml');
    if ('problem' in operator) throw new Error(JSON.stringify(operator.problem));
    return { value: notConverging(operator.value) };
  };
};
