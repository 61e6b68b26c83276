import { z } from 'zod';

/** https://releases.hashicorp.com/terraform/index.json */
const byName = z.object({ versions: z.record(z.string(), z.unknown()) });
/** https://get.opentofu.org/tofu/api.json */
const listed = z.object({ versions: z.array(z.object({ id: z.string() })) });

/** Versions in an index of releases; null for what is none. Which of them are versions is for others to say. */
export const versionsIn = (text: string): readonly string[] | null => {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return null;
  }
  const list = listed.safeParse(content);
  if (list.success) return list.data.versions.map(({ id }) => id);
  const map = byName.safeParse(content);
  return map.success ? Object.keys(map.data.versions) : null;
};
