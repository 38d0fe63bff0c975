'use strict'

const sharp = require('sharp')

exports.handler = async () => ({ statusCode: 200, body: JSON.stringify(sharp.versions) })
