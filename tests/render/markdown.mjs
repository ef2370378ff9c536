// Markdown to HTML as nearly as GitHub does it: GFM, raw HTML allowed, then sanitised with GitHub's list.
import rehypeRaw from 'rehype-raw'
import rehypeSanitize from 'rehype-sanitize'
import rehypeStringify from 'rehype-stringify'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import remarkRehype from 'remark-rehype'
import { unified } from 'unified'

const parser = unified().use(remarkParse).use(remarkGfm)
const toHtml = () => unified().use(remarkRehype, { allowDangerousHtml: true }).use(rehypeRaw)
const clean = toHtml().use(rehypeSanitize)

/** The syntax tree of the Markdown itself: in HTML the rows of a table have been made equally long. */
export const parse = (markdown) => parser.parse(markdown)

/** What a reader gets, and what a renderer without a sanitiser would have shown. */
export function render(tree) {
  const [sanitised, raw] = [clean, toHtml()].map((processor) => {
    const html = processor.runSync(structuredClone(tree))
    return unified().use(rehypeStringify).stringify(html)
  })
  return { sanitised, raw }
}

/** The tables whose rows have not all as many cells as the head. */
export function raggedTables(tree) {
  return nodes(tree, 'table').filter(({ children: [head, ...rows] }) =>
    rows.some((row) => row.children.length !== head.children.length),
  )
}

export const mermaidBlocks = (tree) =>
  nodes(tree, 'code')
    .filter((node) => node.lang === 'mermaid')
    .map((node) => node.value)

/** All nodes of a type. */
export const nodes = (tree, type) => [
  ...(tree.type === type ? [tree] : []),
  ...(tree.children ?? []).flatMap((child) => nodes(child, type)),
]
