// Installs peers ahead of time: node tools/peers/main.ts [kafka] [s3] [kcat] [npm] [python] [franz]
import { installFranz } from "./franz.ts";
import { installJava } from "./java.ts";
import { installKcat } from "./kcat.ts";
import { installNpmClients } from "./npm-clients.ts";
import { installPython } from "./python.ts";
import { installS3 } from "./s3.ts";

const installers: Readonly<Record<string, () => Promise<unknown>>> = {
  kafka: installJava,
  s3: installS3,
  kcat: installKcat,
  npm: installNpmClients,
  python: installPython,
  franz: installFranz,
};

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(installers);
for (const name of wanted) {
  const install = installers[name];
  if (install === undefined) throw new Error(`no peer named ${name}; there are: ${Object.keys(installers).join(", ")}`);
  const start = Date.now();
  await install();
  console.log(`${name}: ready after ${((Date.now() - start) / 1000).toFixed(1)} s`);
}
