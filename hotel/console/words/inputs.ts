import { dictionary } from './dictionary.ts';

export const INPUTS = dictionary({
  camera: { zh: '摄像头', en: 'Camera' },
  cameraStart: { zh: '打开摄像头', en: 'Start the camera' },
  cameraStop: { zh: '关闭摄像头', en: 'Stop the camera' },
  cameraChoose: { zh: '选择摄像头', en: 'Which camera' },
  cameraLabel: { zh: '摄像头画面', en: 'What the camera sees' },
  cameraHint: { zh: '把二维码放在画面中间。', en: 'Hold the code in the middle.' },
  cameraOff: { zh: '摄像头未打开。', en: 'The camera is off.' },
  cameraStarting: { zh: '正在打开摄像头…', en: 'The camera is starting…' },
  cameraSmall: {
    zh: (width: number) =>
      `摄像头只有 ${width} 像素宽：细密的二维码可能读不出来。请靠近，或换用更好的摄像头。`,
    en: (width: number) =>
      `The camera is only ${width} pixels wide: dense codes may not be read. Hold them closer, or use a better camera.`,
  },
  cameraDenied: {
    zh: '浏览器没有允许使用摄像头。请点击地址栏旁的图标允许，再试一次。',
    en: 'The browser may not use the camera. Allow it by the sign beside the address, and try again.',
  },
  cameraMissing: {
    zh: '没有找到摄像头，或它正被占用。',
    en: 'There is no camera, or something else uses it.',
  },
  cameraInsecure: {
    zh: '摄像头只能在 TLS 或本机地址上使用。',
    en: 'Cameras work over TLS or on this machine alone.',
  },
  readerFailed: {
    zh: '读码程序没有运行。请重新加载页面。',
    en: 'What reads codes does not run. Load the page again.',
  },
  several: {
    zh: '画面里有两个不同的二维码。请只出示一个。',
    en: 'Two different codes are in view. Show one alone.',
  },
  scanner: { zh: '扫码枪', en: 'Scanner' },
  typingReady: {
    zh: '键盘式扫码枪随时可用，无需点选输入框。二进制码（如乘车码）须用摄像头、串口，或设为输出十六进制的扫码枪。',
    en: 'A scanner that types works at any time, wherever the cursor is. Codes that are no text (ride codes) need the camera, a serial scanner, or one set to send hex.',
  },
  composing: {
    zh: '扫码时输入法是打开的，内容已丢弃。请切换到英文输入（关闭输入法），再扫一次。',
    en: 'An input method was on while the scanner typed, so what came was thrown away. Switch the input method off and scan again.',
  },
  serialConnect: { zh: '连接串口扫码枪', en: 'Connect a serial scanner' },
  serialDisconnect: { zh: '断开串口扫码枪', en: 'Disconnect the serial scanner' },
  serialOn: { zh: '串口扫码枪已连接。', en: 'The serial scanner is connected.' },
  serialLost: { zh: '串口扫码枪已断开。', en: 'The serial scanner went away.' },
  serialRate: { zh: '波特率', en: 'Baud rate' },
  paste: { zh: '粘贴或图片', en: 'Paste or picture' },
  pasteLabel: { zh: '粘贴二维码的文字或十六进制', en: 'Text of a code, or its bytes in hex' },
  pasteUse: { zh: '核验', en: 'Verify it' },
  fileLabel: { zh: '二维码图片', en: 'Picture of a code' },
  fileHint: {
    zh: 'PNG、JPEG、WebP、GIF 或 BMP，最大 16 MB。',
    en: 'PNG, JPEG, WebP, GIF or BMP, at most 16 MB.',
  },
  fileLarge: { zh: '图片太大，没有打开。', en: 'The picture is too large and was not opened.' },
  fileUnknown: { zh: '这不是可以读取的图片。', en: 'This is no picture that can be read.' },
  fileNone: { zh: '图片里没有找到二维码。', en: 'There is no code in the picture.' },
  empty: { zh: '没有内容。', en: 'There is nothing.' },
  long: { zh: '内容太长，不是二维码。', en: 'It is too long for a code.' },
});
