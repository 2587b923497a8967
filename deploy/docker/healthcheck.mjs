// The images' health check: `node healthcheck.mjs VARIABLE PATH` requests PATH on the port that VARIABLE contains and
// exits with 0 if the response is a success. The output is shown by `docker inspect`.
const [variable, path] = process.argv.slice(2);
const url = `http://127.0.0.1:${process.env[variable]}${path}`;
try {
  const response = await fetch(url, { signal: AbortSignal.timeout(4_000) });
  console.log(`${url}: ${response.status}`);
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  console.log(`${url}: ${error.cause?.code ?? error.message}`);
  process.exitCode = 1;
}
