// Installs peers ahead of time: npm run peers -- [kafka] [s3] [kcat] [npm] [python] [franz] [rust]
import { installFranz } from "./franz.ts";
import { installJava } from "./java.ts";
import { installKcat } from "./kcat.ts";
import { installNisshi } from "./nisshi.ts";
import { installNpmClients } from "./npm-clients.ts";
import { installPython } from "./python.ts";
import { installS2Lite, installS2Load } from "./s2-lite.ts";
import { installS3 } from "./s3.ts";

const installers: Readonly<Record<string, () => Promise<unknown>>> = {
  kafka: installJava,
  s3: installS3,
  kcat: installKcat,
  npm: installNpmClients,
  python: installPython,
  franz: installFranz,
};
// Only benches need these, and compiling them takes half an hour: on request, not by default.
const onRequest: typeof installers = {
  rust: async () => [await installNisshi(), await installS2Lite(), await installS2Load()],
};

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(installers);
for (const name of wanted) {
  const install = installers[name] ?? onRequest[name];
  const known = Object.keys({ ...installers, ...onRequest }).join(", ");
  if (install === undefined) throw new Error(`no peer named ${name}; there are: ${known}`);
  const start = Date.now();
  await install();
  console.log(`${name}: ready after ${((Date.now() - start) / 1000).toFixed(1)} s`);
}
