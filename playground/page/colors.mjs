/** As in style/base.css: a canvas knows no variables of CSS. */
export const COLORS = {
  alone: '#8fb3ff',
  fetch: '#ff9f5a',
  tickhttp: '#4fdcb8',
  late: '#ff6b81',
  panel: '#121828',
  line: '#232c44',
  muted: '#8a96b3',
};
