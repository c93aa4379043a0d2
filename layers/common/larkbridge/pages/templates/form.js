// Without this script everything works; with it no text is lost when the network fails, and a file comes along.
(() => {
  "use strict"
  const PATIENCE = 45_000
  const shown = new Map()
  const YES = Promise.resolve(true)
  let busy = false
  let uploading = YES

  const place = () => location.href.split("#")[0]
  const scripted = body => body.querySelector("form[data-scripted]")
  const say = (form, kind) => {
    const outcome = form.querySelector(".outcome")
    outcome.textContent = kind ? outcome.dataset[kind] : ""
    outcome.classList.toggle("notice", kind === "unsent" || kind === "offline")
  }

  function newKey() {
    if (crypto.randomUUID) return crypto.randomUUID()
    const bytes = crypto.getRandomValues(new Uint8Array(16))
    bytes[6] = (bytes[6] & 15) | 64
    bytes[8] = (bytes[8] & 63) | 128
    const hex = Array.from(bytes, byte => byte.toString(16).padStart(2, "0")).join("")
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")
  }

  function begin(body) {
    for (const button of body.querySelectorAll("[data-print]")) button.hidden = false
    for (const field of body.querySelectorAll(".file")) offerFile(field)
    const widget = body.querySelector(".cf-turnstile")
    if (widget && !widget.firstElementChild && window.turnstile) window.turnstile.render(widget, { ...widget.dataset })
  }

  function show(body, title) {
    document.body.replaceWith(body)
    document.title = title
    scrollTo(0, 0)
  }

  function showAnswer(page, url) {
    if (url !== place()) {
      shown.set(place(), [document.body, document.title])
      history.pushState(null, "", url)
    }
    const body = document.importNode(page.body, true)
    document.documentElement.lang = page.documentElement.lang
    shown.set(place(), [body, page.title])
    show(body, page.title)
    begin(body)
    body.querySelector("main [tabindex='-1']")?.focus()
  }

  function fieldsOf(form, button) {
    const fields = new FormData(form)
    if (button?.name) fields.set(button.name, button.value)
    return new URLSearchParams(fields)
  }

  async function send(form, button) {
    const wait = new AbortController()
    const timer = setTimeout(() => wait.abort(), PATIENCE)
    try {
      const answer = await fetch(place(), {
        method: "POST",
        headers: { accept: "text/html" },
        body: fieldsOf(form, button),
        signal: wait.signal,
      })
      const page = new DOMParser().parseFromString(await answer.text(), "text/html")
      if (!page.querySelector("main h1")) throw new Error("no page of ours")
      showAnswer(page, answer.url.split("#")[0])
    } finally {
      clearTimeout(timer)
    }
  }

  async function submit(form, pressed) {
    const button = pressed ?? form.querySelector("[type=submit]")
    busy = true
    button.setAttribute("aria-disabled", "true")
    say(form, "sending")
    try {
      if (!await uploading) return say(form)
      form.dataset.tried = ""
      await send(form, button)
      say(form)
    } catch {
      say(form, navigator.onLine ? "unsent" : "offline")
    } finally {
      busy = false
      button.removeAttribute("aria-disabled")
    }
  }

  function offerFile(field) {
    const id = field.querySelector("[name=attachmentId]")
    const [chosen, told, bar, remove] = ["[type=file]", "[role=status]", "progress", "button"].map(
      one => field.querySelector(one))
    const words = field.dataset
    const clear = () => {
      id.value = chosen.value = ""
      remove.hidden = true
    }
    field.querySelector(".later").hidden = true
    field.querySelector(".now").hidden = false
    remove.hidden = !id.value
    if (id.value) told.textContent = words.kept

    async function take(file) {
      id.value = ""
      remove.hidden = bar.hidden = true
      if (file.size > words.most) throw new Error("large")
      id.value = await upload(field.closest("form"), file, percent => {
        bar.hidden = false
        bar.value = percent
        told.textContent = words.uploading.replace("{percent}", percent)
      })
      told.textContent = words.ready.replace("{name}", file.name)
      remove.hidden = false
      return true
    }

    chosen.onchange = () => {
      const [file] = chosen.files
      if (!file) return
      chosen.disabled = true
      uploading = take(file).catch(problem => {
        clear()
        told.textContent = words[problem.message] || words.failed
        return false
      }).then(arrived => {
        bar.hidden = true
        chosen.disabled = false
        if (!arrived) uploading = YES
        return arrived
      })
    }
    remove.onclick = () => {
      clear()
      told.textContent = ""
      chosen.focus()
    }
  }

  async function upload(form, file, progress) {
    const submissionKey = form.elements.submissionKey.value
    const answer = await fetch(location.pathname + "/tep", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ submissionKey, name: file.name, type: typeOf(file), size: file.size }),
    })
    const told = await answer.json()
    if (!answer.ok) throw new Error(told.fields?.type ? "kind" : told.fields?.size ? "large" : "failed")
    const parts = new FormData()
    for (const [name, value] of Object.entries(told.fields)) parts.append(name, value)
    parts.append("file", file)
    await new Promise((done, fail) => {
      const request = new XMLHttpRequest()
      request.upload.onprogress = sent => progress(Math.floor(100 * sent.loaded / sent.total))
      request.onload = () => request.status < 300 ? done() : fail(new Error("failed"))
      request.onerror = fail
      request.open("POST", told.url)
      request.send(parts)
    })
    return told.attachmentId
  }

  // Some phones give a HEIC or DOCX file no type.
  function typeOf(file) {
    const docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    const ending = file.name.toLowerCase().split(".").pop()
    return file.type || { heic: "image/heic", heif: "image/heic", docx }[ending] || ""
  }

  addEventListener("submit", event => {
    if (!event.target.matches("[data-scripted]")) return
    event.preventDefault()
    if (!busy) submit(event.target, event.submitter)
  })

  addEventListener("click", event => {
    const link = event.target.closest(".summary a")
    if (link) {
      event.preventDefault()
      const found = document.getElementById(link.hash.slice(1))
      found.closest(".field").scrollIntoView()
      const input = found.matches(".field") ? found.querySelector("[type=file]") : found
      input.focus({ preventScroll: true })
    }
    if (event.target.closest("[data-print]")) print()
  })

  addEventListener("popstate", () => {
    const known = shown.get(place())
    if (!known) location.reload()
    else if (known[0] !== document.body) {
      show(...known)
      window.turnstile?.reset()
    }
  })

  // A page that the browser brings back from its memory is a new form with the old text, unless it may have
  // arrived or a file has been uploaded for it. It was opened long ago: this device's clock, which may be wrong, has no say in when.
  addEventListener("pageshow", event => {
    const form = event.persisted && scripted(document.body)
    if (!form) return
    const { submissionKey, attachmentId } = form.elements
    if (!("tried" in form.dataset || attachmentId?.value)) submissionKey.value = newKey()
    say(form)
  })

  begin(document.body)
  document.querySelector(".summary")?.focus()
})()
{% include "meta_ids.js" %}
