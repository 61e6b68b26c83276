import type { FolderFile } from '../declared/folder.ts';
import { isLocal } from '../modules.ts';
import { type Definitions, definitionsOf } from './definitions.ts';
import { earlyWalk } from './walk.ts';

/**
 * Local sources of calls that a folder comes to by itself, with its locals and defaults alone. For telling modules from projects, before it is
 * known which projects there are.
 */
export const sourcesByDefault = (folder: string, files: readonly FolderFile[]): readonly string[] => {
  const definitions: Definitions = definitionsOf(files);
  const walk = earlyWalk({
    root: folder,
    workspace: 'default',
    folder: (path) => (path === folder ? definitions : null),
    resolve: () => null,
    given: { files: [], environment: new Map(), mayBeSet: () => false },
  });
  return definitions.blocks
    .labelsOf('module')
    .flatMap(([name = '']) =>
      walk
        .outcomes(folder, name)
        .flatMap(({ source: { known } }) =>
          typeof known?.value === 'string' && isLocal(known.value) ? [known.value] : [],
        ),
    );
};
