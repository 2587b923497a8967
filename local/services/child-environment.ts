/** The environment of a child process: what programs need to run, nothing that configures Lizzy or AWS. */
const PASSED_ON = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'];

/** Settings for all parts. The AWS SDK warns at each start that it will leave Node 20, which Lizzy knows. */
const ALWAYS = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };

/** The environment of a child: `extra` on top of the little that is passed on. */
export function childEnvironment(extra: Readonly<Record<string, string>>): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of PASSED_ON) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return { ...env, ...ALWAYS, ...extra };
}
