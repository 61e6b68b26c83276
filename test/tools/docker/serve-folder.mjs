// Serves the files of one folder on 127.0.0.1 and prints the address: a release server for the image's build.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';

const folder = path.resolve(process.argv[2] ?? '.');

const server = createServer(async (request, response) => {
  const file = path.join(
    folder,
    path.normalize(decodeURIComponent(new URL(request.url, 'http://_').pathname)),
  );
  try {
    response.end(await readFile(file));
  } catch {
    response.writeHead(404).end();
  }
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${server.address().port}\n`));
