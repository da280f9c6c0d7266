// SPDX-License-Identifier: Apache-2.0
// The doctor's own camera and microphone: asked once, used by every peer connection, never needed to enter.

const VIDEO = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 24, max: 30 } };
const AUDIO = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/** What the doctor gives: `audio` and `video` tracks or null, `line` says in French what is missing and why. */
export class OwnMedia {
  audio = null;
  video = null;
  line = "";

  /** Ask the browser. Camera and microphone are asked together, then the microphone alone; nothing is an answer too. */
  async ask({ camera, microphone }) {
    this.stop();
    this.line = "";
    if (!camera && !microphone) {
      this.line = "Sans caméra ni micro : le patient ne vous voit pas et ne vous entend pas.";
      return;
    }
    if (!navigator.mediaDevices) {
      this.line = "Le navigateur n’ouvre caméra et micro qu’en https. Vous pouvez entrer sans.";
      return;
    }
    const tries = [{ camera, microphone }];
    if (camera && microphone) tries.push({ camera: false, microphone: true }, { camera: true, microphone: false });
    for (const wanted of tries) {
      const error = await this.#open(wanted);
      if (error === null) break;
      this.line = reason(error);
    }
    if (!this.audio || !this.video) this.line = `${this.line} ${missing(this)}`.trim();
  }

  async #open({ camera, microphone }) {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: camera && VIDEO, audio: microphone && AUDIO });
      [this.audio = null] = stream.getAudioTracks();
      [this.video = null] = stream.getVideoTracks();
      return null;
    } catch (error) {
      return error;
    }
  }

  /** Release the devices. */
  stop() {
    this.audio?.stop();
    this.video?.stop();
    this.audio = null;
    this.video = null;
  }

  /** Show the doctor to himself. */
  show(element) {
    element.hidden = this.video === null;
    element.srcObject = this.video && new MediaStream([this.video]);
  }
}

function reason(error) {
  switch (error.name) {
    case "NotAllowedError": return "Le navigateur n’a pas l’autorisation d’utiliser votre caméra ou votre micro.";
    case "NotFoundError": return "Aucune caméra ou aucun micro trouvé sur cet appareil.";
    case "NotReadableError": return "Votre caméra ou votre micro est déjà utilisé par un autre logiciel.";
    default: return "Votre caméra ou votre micro ne s’ouvre pas.";
  }
}

function missing(media) {
  if (!media.audio && !media.video) return "Le patient ne vous voit pas et ne vous entend pas.";
  return media.audio ? "Le patient vous entend mais ne vous voit pas." : "Le patient vous voit mais ne vous entend pas.";
}
