export interface Exposition {
  /** `name{label="value"}`, as it is written -> its number. */
  readonly series: ReadonlyMap<string, number>;
  /** Names of metrics, without the endings of a histogram's series. */
  readonly names: ReadonlySet<string>;
  readonly helped: readonly string[];
  readonly typed: readonly string[];
  /** Every value of every label, by the label's name. */
  readonly labels: ReadonlyMap<string, ReadonlySet<string>>;
}

const line = /^([a-zA-Z_:][\w:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*\})? (\S+)$/;

/** Reads Prometheus' text format 0.0.4 and fails at the first line that is none. */
export const seriesOf = (text: string): Exposition => {
  const series = new Map<string, number>();
  const names = new Set<string>();
  const labels = new Map<string, Set<string>>();
  const named = (kind: string) =>
    [...text.matchAll(new RegExp(`^# ${kind} (\\S+) .+$`, 'gm'))].map(([, name]) => name ?? '');
  const histograms = new Set([...text.matchAll(/^# TYPE (\S+) histogram$/gm)].map(([, name]) => name));
  for (const each of text.split('\n').filter((one) => one !== '' && !one.startsWith('#'))) {
    const [, name = '', pairs = '', value = ''] = line.exec(each) ?? [];
    if (name === '') throw new Error(`no line of a scrape: ${each}`);
    const base = name.replace(/_(?:bucket|sum|count)$/, '');
    names.add(histograms.has(base) ? base : name);
    series.set(`${name}${pairs}`, Number(value));
    for (const [, label = '', of = ''] of pairs.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g))
      labels.set(label, (labels.get(label) ?? new Set()).add(of));
  }
  return { series, names, helped: named('HELP'), typed: named('TYPE'), labels };
};
