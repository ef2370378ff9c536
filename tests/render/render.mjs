// node render.mjs BROWSER SAMPLES.json FOLDER: shows every sample, checks it, and leaves a screenshot of it.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { draw, openBrowser, show } from './browser.mjs'
import { mermaidBlocks, parse, raggedTables, render } from './markdown.mjs'

const MEBIBYTE = 1024 * 1024
const ELEMENTS = new Set(
  'h2 h3 p strong table thead tbody tr th td code pre ul ol li a br details summary'.toUpperCase().split(' '),
)
const PORTAL = /^https:\/\/www\.customvision\.ai\/projects\/[0-9a-f-]{36}$/
const FIXED = /^[\w \n(),.:[\]"%>-]+$/ // what a Mermaid block of ours is made of
const GITHUB_FINDS = /@\w|\w@|#\d|GH-\d|:\w+:|\b[0-9a-f]{40}\b|https?:|www\.|\$/i // outside code GitHub makes something of it

const [executable, samplesFile, folder] = process.argv.slice(2)
const { marker, samples } = JSON.parse(readFileSync(samplesFile, 'utf8'))
let passed = 0
let failed = 0

function check(sample, what, problems) {
  const list = [problems].flat().filter(Boolean)
  if (list.length === 0) passed += 1
  else {
    failed += 1
    console.log(`FAILED ${sample.name}: ${what}\n${list.slice(0, 5).map((line) => `    ${String(line).slice(0, 300)}\n`).join('')}`)
  }
}

/** What the page holds: run in the browser. */
function survey() {
  const article = document.querySelector('article')
  const walker = document.createTreeWalker(article, NodeFilter.SHOW_TEXT)
  const outside = []
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    if (!node.parentElement.closest('code, pre, a')) outside.push(node.data)
  const all = [...article.querySelectorAll('*')]
  const attributes = all.flatMap((element) => [...element.attributes].map(({ name, value }) => `${element.tagName} ${name}=${value}`))
  return {
    elements: all.map((element) => element.tagName),
    attributes,
    links: all.filter((element) => element.tagName === 'A').map((element) => element.getAttribute('href')),
    headline: article.firstElementChild?.textContent ?? '',
    outside,
    text: article.textContent,
    ran: window.pwned,
  }
}

async function judge(context, sample) {
  const tree = parse(sample.markdown)
  const { sanitised, raw } = render(tree)
  const blocks = mermaidBlocks(tree)

  const size = Buffer.byteLength(sample.markdown)
  check(sample, 'is below 1 MiB', size < MEBIBYTE ? [] : `${size} bytes`)
  check(sample, 'leaves the sanitiser nothing to take away', sanitised === raw ? [] : firstDifference(raw, sanitised))
  check(sample, 'has tables with rows of one length', raggedTables(tree).map((table) => `at line ${table.position.start.line}`))
  check(sample, `has ${sample.pictures} pictures`, blocks.length === sample.pictures ? [] : `${blocks.length}`)
  check(sample, 'has fixed labels only in its pictures', blocks.filter((block) => !FIXED.test(block) || block.includes(marker)))

  const bare = await show(context, raw)
  const found = await bare.page.evaluate(survey)
  check(sample, 'starts no script and no request without a sanitiser', [...bare.told, found.ran && `pwned ${found.ran}`])
  check(sample, 'makes expected elements only', found.elements.filter((name) => !ELEMENTS.has(name)))
  check(sample, 'gives its elements expected attributes only', found.attributes.filter((told) => !/^(A href=https|CODE class=language-(mermaid|yaml)$)/.test(told)))
  check(sample, 'links to the portal only', found.links.filter((link) => !PORTAL.test(link)))
  check(sample, 'starts with its headline', found.headline.includes(sample.headline) ? [] : found.headline)
  check(sample, 'has foreign text in code only', found.outside.filter((text) => text.includes(marker)))
  check(sample, 'holds nothing that GitHub would make a link or a picture of', found.outside.filter((text) => GITHUB_FINDS.test(text)))
  check(sample, 'shows hostile text literally', sample.literal.filter((text) => !found.text.includes(text)))
  check(sample, 'shows what it must', sample.texts.filter((text) => !found.text.includes(text)))
  check(sample, 'holds no invisible direction marks', /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u0000-\u0008]/.test(found.text) ? 'found one' : [])
  await bare.page.close()

  const { page, told } = await show(context, sanitised)
  await page.screenshot({ path: join(folder, `${sample.name}-first-look.png`) })
  const errors = await draw(page)
  check(sample, 'has pictures that Mermaid can read', errors)
  const drawn = await page.$$eval('.picture', (places) =>
    places.map((place) => {
      const svg = place.querySelector('svg')
      const box = svg?.getBoundingClientRect()
      const failed = !svg || svg.getAttribute('aria-roledescription') === 'error' || /syntax error/i.test(svg.textContent)
      return { failed, width: box?.width ?? 0, height: box?.height ?? 0, foreign: svg?.querySelectorAll('a, image, script').length }
    }),
  )
  check(sample, 'has every picture drawn', drawn.length === sample.pictures ? drawn.filter((p) => p.failed || p.foreign || p.width < 100 || p.height < 50).map((p) => JSON.stringify(p)) : `${drawn.length} drawn`)
  check(sample, 'is not wider than the page', await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth && `${document.documentElement.scrollWidth} pixels`))
  check(sample, 'starts no script and no request', [...told, (await page.evaluate(() => window.pwned)) && 'pwned'])
  // A flood is looked at by its beginning.
  const height = Math.min(6000, await page.evaluate(() => document.documentElement.scrollHeight))
  await page.setViewportSize({ width: 1012, height })
  await page.screenshot({ path: join(folder, `${sample.name}.png`) })
  writeFileSync(join(folder, `${sample.name}.html`), sanitised)
  await page.close()
}

function firstDifference(one, other) {
  let at = 0
  while (one[at] === other[at]) at += 1
  return `${one.slice(Math.max(0, at - 40), at + 120)}\n    became ${other.slice(Math.max(0, at - 40), at + 120)}`
}

const { context, close } = await openBrowser(executable)
try {
  for (const sample of samples) await judge(context, sample)
} finally {
  await close()
}
console.log(`render-test: ${passed} passed, ${failed} failed (screenshots: tests/render/out)`)
process.exitCode = failed === 0 ? 0 : 1
