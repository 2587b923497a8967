import { describe, expect, it } from '@jest/globals';
import { JobSecrets } from './job-secrets.js';

describe('the secrets of a job', () => {
  it('are masked in texts that come later, also those that are known since then', () => {
    const secrets = new JobSecrets();
    const mask = secrets.masking(['correct-horse']);
    expect(mask('correct-horse, battery-staple')).toBe('****, battery-staple');
    secrets.masking(['battery-staple']);
    expect(mask('correct-horse, battery-staple')).toBe('****, ****');
    secrets.masking([]);
    expect(mask('correct-horse, battery-staple')).toBe('****, ****');
  });

  it('leave texts as they are when there are none', () => {
    expect(new JobSecrets().masking([])('any text')).toBe('any text');
  });
});
