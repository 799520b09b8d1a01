// Draws the icon of the extension: `node scripts/icon.mjs icon.png`. A snow flake with six arms that end in hosts.
import { writeFileSync } from "node:fs";
import { crc32, deflateSync } from "node:zlib";

const size = 128;
const background = [0x1d, 0x2b, 0x44];
const ice = [0x9f, 0xd3, 0xff];
const host = [0xff, 0xc8, 0x57];

const rotate = ([x, y], turn) => {
  const angle = turn * Math.PI / 3;
  return [x * Math.cos(angle) - y * Math.sin(angle), x * Math.sin(angle) + y * Math.cos(angle)];
};
const toSegment = ([px, py], [[ax, ay], [bx, by]]) => {
  const [dx, dy] = [bx - ax, by - ay];
  const along = Math.max(0, Math.min(1, ((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy)));
  return Math.hypot(px - ax - along * dx, py - ay - along * dy);
};

const arm = [[[0, 0], [0, -37]], [[0, -20], [10, -30]], [[0, -20], [-10, -30]]];
const arms = [0, 1, 2, 3, 4, 5].flatMap((turn) => arm.map((line) => line.map((point) => rotate(point, turn))));
const hosts = [0, 1, 2, 3, 4, 5].map((turn) => rotate([0, -42], turn));

// How much of a pixel a shape covers, from the distance to its edge.
const coverage = (distance) => Math.max(0, Math.min(1, 0.5 - distance));
const mix = (under, over, share) => under.map((value, at) => value + (over[at] - value) * share);

const rows = [];
for (let y = 0; y < size; y++) {
  rows.push(0);
  for (let x = 0; x < size; x++) {
    const point = [x + 0.5 - size / 2, y + 0.5 - size / 2];
    const corner = [Math.max(0, Math.abs(point[0]) - 40), Math.max(0, Math.abs(point[1]) - 40)];
    const flake = Math.min(...arms.map((line) => toSegment(point, line))) - 2.6;
    const dots = Math.min(...hosts.map(([hx, hy]) => Math.hypot(point[0] - hx, point[1] - hy))) - 6;
    const colour = mix(mix(background, ice, coverage(flake)), host, coverage(dots));
    rows.push(...colour.map(Math.round), Math.round(255 * coverage(Math.hypot(...corner) - 22)));
  }
}

const chunk = (type, data) => {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const length = Buffer.alloc(4);
  const check = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
};
const header = Buffer.alloc(13);
header.writeUInt32BE(size, 0);
header.writeUInt32BE(size, 4);
header.set([8, 6, 0, 0, 0], 8);

writeFileSync(process.argv[2], Buffer.concat([
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
  chunk("IHDR", header),
  chunk("IDAT", deflateSync(Buffer.from(rows), { level: 9 })),
  chunk("IEND", Buffer.alloc(0)),
]));
