// Passkeys (WebAuthn Level 3): the device signs our challenge, and its answer is sent as the form's hidden field.
(() => {
  "use strict";
  const toBytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (character) => character.charCodeAt(0));
  const toText = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
  const withBytes = (list) => (list || []).map((key) => ({ ...key, id: toBytes(key.id) }));

  function create(options) {
    const own = options.publicKey;
    return navigator.credentials.create({
      publicKey: {
        ...own,
        challenge: toBytes(own.challenge),
        user: { ...own.user, id: toBytes(own.user.id) },
        excludeCredentials: withBytes(own.excludeCredentials),
      },
    });
  }
  function get(options) {
    const own = options.publicKey;
    return navigator.credentials.get({
      publicKey: { ...own, challenge: toBytes(own.challenge), allowCredentials: withBytes(own.allowCredentials) },
    });
  }

  const PARTS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  function written(credential) {
    const response = {};
    for (const part of PARTS) if (credential.response[part]) response[part] = toText(credential.response[part]);
    if (credential.response.getTransports) response.transports = credential.response.getTransports();
    return JSON.stringify({
      id: credential.id,
      rawId: toText(credential.rawId),
      type: credential.type,
      response,
      clientExtensionResults: credential.getClientExtensionResults(),
    });
  }

  async function optionsOf(form) {
    if (form.dataset.options) return JSON.parse(document.getElementById(form.dataset.options).textContent);
    const answer = await fetch(form.action, { headers: { "X-Requested-With": "XMLHttpRequest" } });
    if (!answer.ok) throw new Error(`${answer.status}`);
    return (await answer.json()).request_options;
  }

  // Told apart for people: they or their device said no, this device has a key already, or something else failed.
  const REASONS = { NotAllowedError: "stopped", AbortError: "stopped", InvalidStateError: "known" };
  function say(form, reason) {
    const place = form.querySelector("[data-passkey-problem]");
    place.textContent = form.dataset[reason] || form.dataset.failed;
    place.hidden = false;
  }

  async function ask(form) {
    if (!window.PublicKeyCredential) return say(form, "unsupported");
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      const options = await optionsOf(form);
      const credential = await (form.dataset.passkey === "create" ? create(options) : get(options));
      form.elements.credential.value = written(credential);
      form.submit();
    } catch (error) {
      if (!REASONS[error.name]) console.error(error);
      say(form, REASONS[error.name]);
      button.disabled = false;
    }
  }

  document.addEventListener("submit", (event) => {
    if (!event.target.dataset.passkey) return;
    event.preventDefault();
    ask(event.target);
  });
})();
