// A headless browser that lets nothing out, and the page in which a summary is shown.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { chromium } from 'playwright-core'

const require = createRequire(import.meta.url)
const folder = (name) => dirname(require.resolve(`${name}/package.json`))
const STYLE = readFileSync(join(folder('github-markdown-css'), 'github-markdown-light.css'), 'utf8')
const MERMAID = join(dirname(require.resolve('mermaid')), 'mermaid.min.js')
const ADDRESS = 'http://summary.invalid/'
const FLAGS = [
  '--no-sandbox', // the tests run as root
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export async function openBrowser(executablePath) {
  const profile = mkdtempSync(join(tmpdir(), 'render-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: FLAGS,
    viewport: { width: 1012, height: 900 }, // the summary's column on a wide screen
    timezoneId: 'Asia/Kolkata', // half an hour off: a picture that shows times of day would give itself away
  })
  return {
    context,
    async close() {
      await context.close()
      rmSync(profile, { recursive: true, force: true })
    },
  }
}

const html = (body) =>
  `<!doctype html><meta charset="utf-8"><title>summary</title><style>${STYLE} body{margin:24px;background:#fff}</style>` +
  `<article class="markdown-body">${body}</article>`

/** Show a body. `told` lists what should not happen: requests, dialogs, other pages, script errors. */
export async function show(context, body) {
  const page = await context.newPage()
  const told = []
  await page.route('**', (route) => {
    const url = route.request().url()
    if (url === ADDRESS) return route.fulfill({ contentType: 'text/html; charset=utf-8', body: html(body) })
    told.push(`a request for ${url.slice(0, 200)}`)
    return route.abort()
  })
  page.on('dialog', (dialog) => {
    told.push('a dialog')
    return dialog.dismiss()
  })
  page.on('popup', () => told.push('another page'))
  page.on('framenavigated', (frame) => {
    if (frame === page.mainFrame() && frame.url() !== ADDRESS) told.push(`a way to ${frame.url().slice(0, 200)}`)
  })
  page.on('pageerror', (error) => told.push(`a script error: ${error.message}`))
  await page.goto(ADDRESS, { waitUntil: 'load' })
  return { page, told }
}

/** Put a picture in the place of each Mermaid block, with Mermaid's strict level as GitHub has it; returns the errors. */
export async function draw(page) {
  await page.addScriptTag({ path: MERMAID })
  return page.evaluate(async () => {
    const { mermaid } = window
    mermaid.initialize({ startOnLoad: false, securityLevel: 'strict' })
    for (const folded of document.querySelectorAll('details')) folded.open = true
    const failures = []
    for (const [number, code] of [...document.querySelectorAll('code.language-mermaid')].entries()) {
      try {
        await mermaid.parse(code.textContent)
        const place = document.createElement('div')
        place.className = 'picture'
        code.parentElement.replaceWith(place)
        place.innerHTML = (await mermaid.render(`picture${number}`, code.textContent)).svg
      } catch (error) {
        failures.push(String(error?.message ?? error))
      }
    }
    return failures
  })
}
