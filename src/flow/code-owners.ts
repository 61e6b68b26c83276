import type { Project } from '../domain/project.ts';
import type { OwnedFiles } from '../domain/rules/approved.ts';
import type { Discovery } from './discover.ts';
import type { FlowPorts } from './ports.ts';

export const ownedFiles = async (
  _ports: Pick<FlowPorts, 'git'>,
  _repositoryId: number,
  _discovery: Discovery,
  _project: Project,
): Promise<readonly OwnedFiles[] | null> => null;
