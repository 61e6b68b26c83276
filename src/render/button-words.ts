import type { Button, CheckState } from '../domain/button.ts';

/** What a button says: at most 20 characters, and 40 below it (GitHub's limits). */
export const buttonWords = (
  of: CheckState['of'],
  button: Button,
): { readonly label: string; readonly description: string } => {
  const one = of === 'project';
  switch (button) {
    case 'plan':
      return {
        label: 'Plan',
        description: one ? 'Plan this project again' : 'Plan every affected project again',
      };
    case 'apply':
      return {
        label: 'Apply',
        description: one ? 'Apply the plan that is shown' : 'Apply every plan that is shown',
      };
    case 'unlock':
      return {
        label: 'Unlock',
        description: one ? 'Give its lock back, end its plan' : 'Give locks back, end their plans',
      };
    default: {
      const never: never = button;
      return never;
    }
  }
};
