import type { Line } from './steps.ts';

/** What Atlantis tells to lines and Tidegate does not: text of others that a shell could take apart, or files that are not there. */
const untold = [
  'ATLANTIS_PR_APPROVED',
  'ATLANTIS_PR_MERGEABLE',
  'ATLANTIS_TERRAFORM_DISTRIBUTION',
  'ATLANTIS_TERRAFORM_VERSION',
  'BASE_BRANCH_NAME',
  'BASE_REPO_NAME',
  'BASE_REPO_OWNER',
  'COMMENT_ARGS',
  'HEAD_BRANCH_NAME',
  'HEAD_REPO_NAME',
  'HEAD_REPO_OWNER',
  'POLICYCHECKFILE',
  'PULL_AUTHOR',
  'PULL_URL',
  'SHOWFILE',
  'USER_NAME',
];

/** The first variable of Atlantis in a line that would be empty here: `rm -r "$X/cache"` must not mean another thing. */
export const untoldIn = ({ text }: Line): string | null => {
  const found = [...text.matchAll(/\$\{?(\w+)/g)].find(([, name = '']) => untold.includes(name));
  return found?.[1] ?? null;
};
