// Meta's ids of this browser, and of the click that led here, go along only with marketing consent.
addEventListener("formdata", ({ formData }) => {
  if (formData.get("marketingConsent") !== "on") return

  const NINETY_DAYS = 7_776_000
  const secure = location.protocol === "https:" ? "; Secure" : ""
  const cookie = name => document.cookie.split("; ").find(one => one.startsWith(name + "="))?.slice(name.length + 1)

  // The second part counts the dots of the registrable domain, two in `truong.edu.vn`. That is the shortest
  // domain for which the browser takes a cookie.
  const keep = (name, id) => {
    const labels = location.hostname.split(".")
    for (let dots = 0; dots < labels.length; dots++) {
      const domain = labels.slice(-dots - 1).join(".")
      const value = `fb.${dots}.${Date.now()}.${id}`
      document.cookie = `${name}=${value}; Domain=${domain}; Path=/; Max-Age=${NINETY_DAYS}; SameSite=Lax${secure}`
      if (cookie(name) === value) return value
    }
  }

  const click = new URLSearchParams(location.search).get("fbclid") ?? ""
  const known = cookie("_fbc")
  const isNew = /^[\w-]+$/.test(click) && known?.split(".")[3] !== click
  const ids = {
    fbp: cookie("_fbp") ?? keep("_fbp", crypto.getRandomValues(new Uint32Array(1))[0]),
    fbc: isNew ? keep("_fbc", click) : known,
  }
  for (const [name, value] of Object.entries(ids)) if (value) formData.set(name, value)
})
