import type { RawAtlantisProject } from './repository-schema.ts';

/** Which tool, and which of its versions, in the words of `tidegate.yaml`. Without either it is what the server has. */
export const toolOf = ({
  terraform_distribution: distribution,
  terraform_version: version,
}: Pick<RawAtlantisProject, 'terraform_distribution' | 'terraform_version'>): {
  readonly runner: string | undefined;
  readonly version: string | undefined;
} => ({ runner: distribution, version: version?.replace(/^v(?=\d)/, '') });
