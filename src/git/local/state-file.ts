const named = /(?:\.tfstate|\.tfstate\..*backup)$/s;

/**
 * Does the name say Terraform state? `errored.tfstate` is among them; `.terraform/terraform.tfstate`
 * is not, it only points at a backend.
 * @param path relative, `/` between names
 */
export const looksLikeState = (path: string): boolean => {
  const names = path.split('/');
  const name = names.at(-1) ?? '';
  return named.test(name) && !(name === 'terraform.tfstate' && names.at(-2) === '.terraform');
};
