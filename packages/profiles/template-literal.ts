/**
 * Text from outside for a place that a Go template reads (helm's `tpl`, Alertmanager's templates): it comes out as it
 * went in. A raw string, for backquotes survive every way that YAML quotes.
 */
export function templateLiteral(text: string): string {
  return text.replaceAll("{{", "{{ `{{` }}");
}
