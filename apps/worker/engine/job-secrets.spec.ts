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

  it('are prepared in portions, between which other jobs continue', async () => {
    const secrets = new JobSecrets();
    const values = Array.from({ length: 10 }, (_, index) => `${index}`.repeat(2) + 'abcdefghij'.repeat(300));
    let turns = 0;
    const timer = setInterval(() => (turns += 1));
    const mask = await secrets.prepare(values);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
    expect(mask(`99${'abcdefghij'.repeat(300)}, hidden`)).toBe('****, hidden');
    expect(await secrets.prepare([])).toBe(mask);
  });

  it('that are added while others are prepared are masked, too', async () => {
    const secrets = new JobSecrets();
    const preparing = secrets.prepare(['correct-horse'.repeat(1000)]);
    const mask = secrets.masking(['battery-staple']);
    await preparing;
    expect(mask('correct-horse, battery-staple')).toBe('****, ****');
  });

  it('leave texts as they are when there are none', () => {
    expect(new JobSecrets().masking([])('any text')).toBe('any text');
  });
});
