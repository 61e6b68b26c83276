import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RenderedText } from './render.ts';
import { wrong } from './stopped.ts';
import type { Tools } from './tools.ts';

/** Helm takes no file of a chart that is larger than 5 MiB. */
const largest = 2_000_000;

/** Documents in as few texts as they fit into. */
const packed = (documents: readonly string[]): readonly string[] => {
  const texts: string[] = [];
  for (const document of documents) {
    const last = texts.at(-1);
    const text = `---\n${document}\n`;
    if (last !== undefined && last.length + text.length <= largest) texts[texts.length - 1] = last + text;
    else texts.push(text);
  }
  return texts;
};

/**
 * A chart of the same name whose only template gives back what was rendered, byte by byte: what people looked at is applied,
 * passwords that were made on the way included. Returns the archive's path.
 */
export const freeze = async (
  tools: Tools,
  { manifest, hooks, chart }: RenderedText,
  definitions: string,
): Promise<string> => {
  const folder = join(tools.folder, 'frozen', chart.name);
  await mkdir(join(folder, 'templates'), { recursive: true });
  await mkdir(join(folder, 'files'));
  const write = (name: string, text: string) => writeFile(join(folder, name), text, { mode: 0o600 });
  await write('Chart.yaml', JSON.stringify({ apiVersion: 'v2', name: chart.name, version: chart.version }));
  if (definitions.trim() !== '') {
    await mkdir(join(folder, 'crds'));
    await write('crds/all.yaml', definitions);
  }
  const texts = packed([...manifest.split(/^---$/m).filter((text) => text.trim() !== ''), ...hooks]);
  for (const [index, text] of texts.entries()) {
    await write(`files/rendered-${index}.yaml`, text);
    await write(`templates/rendered-${index}.yaml`, `{{ .Files.Get "files/rendered-${index}.yaml" }}\n`);
  }
  const out = join(tools.folder, 'frozen-archive');
  await mkdir(out);
  await tools.helmSays('The rendered chart could not be packed', ['package', folder, '--destination', out]);
  const [name] = await readdir(out);
  if (name === undefined) throw wrong('Helm made no archive of the rendered chart.');
  return join(out, name);
};
