/**
 * A page that shows a terminal's content up to the first line that starts with "Lizzy ": what follows are addresses and
 * commands of that run.
 * @param {string} content HTML of xterm.js's serializer: one `div` for each line
 */
export function terminalPage(content) {
  return `<!doctype html>
<style>
  body { margin: 0; background: #fff; }
  main { display: inline-block; padding: 14px 20px; background: #1d1f24; }
  pre { margin: 0; }
  pre * { background: none !important; font: 13px/1.35 'DejaVu Sans Mono', monospace !important; color: #d7dae0; }
</style>
<main>${content}</main>
<script>
  const lines = [...document.querySelectorAll('pre > div > div')];
  const end = lines.findIndex((line) => line.textContent.startsWith('Lizzy '));
  for (const line of lines.slice(end === -1 ? lines.length : end - 1)) line.remove();
</script>`;
}
